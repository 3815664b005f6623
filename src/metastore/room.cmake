# tarn-metastore-bench: drives a metastore by Thrift and reports rates per server CPU-second.
add_executable(tarn-metastore-bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/src/metastore/metastore_bench.cc)
target_link_libraries(tarn-metastore-bench PRIVATE tarn_wire)
# Tests that replay what real servers and planners were recorded to say.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/metastore/expression_test.cc ${CMAKE_SOURCE_DIR}/src/metastore/column_stats_test.cc
  ${CMAKE_SOURCE_DIR}/src/metastore/kll_sketch_test.cc
  PROPERTIES COMPILE_DEFINITIONS TARN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
# Every call with random arguments, and raw connections: PRESET=asan ./dev build metastore_dispatch_fuzz.
add_executable(metastore_dispatch_fuzz EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/test/fuzz/metastore_dispatch.cc ${CMAKE_SOURCE_DIR}/test/fuzz/driver.cc)
target_link_libraries(metastore_dispatch_fuzz PRIVATE tarn_metastore)
# The search over a million tables, and the load that makes them.
add_executable(tarn-metastore-search-bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/src/metastore/search/search_bench.cc)
target_link_libraries(tarn-metastore-search-bench PRIVATE tarn_metastore)
