# The Thrift structs, calls and their tables, from hms.idl.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(wire_out ${CMAKE_BINARY_DIR}/generated/wire)
set(wire_generated ${wire_out}/hms_table_types.cc ${wire_out}/hms_table_structs0.cc ${wire_out}/hms_table_structs1.cc
  ${wire_out}/hms_table_structs2.cc ${wire_out}/hms_table_calls.cc)
add_custom_command(
  OUTPUT ${wire_generated} ${wire_out}/hms_types.h ${wire_out}/hms_calls.h ${wire_out}/hms_tables.h
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/src/wire/gen.py ${CMAKE_SOURCE_DIR}/src/wire/hms.idl ${wire_out}
  DEPENDS ${CMAKE_SOURCE_DIR}/src/wire/gen.py ${CMAKE_SOURCE_DIR}/src/wire/hms.idl
  COMMENT "wire: generating Thrift tables from hms.idl" VERBATIM)
add_custom_target(tarn_wire_generated DEPENDS ${wire_generated})
target_sources(tarn_wire PRIVATE ${wire_generated})
add_dependencies(tarn_wire tarn_wire_generated)
