# Programs. Only this room names plugs (through the generated list).
file(GLOB app_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/app/*.cc)
list(FILTER app_sources EXCLUDE REGEX "(metastore_main|_test)\\.cc$")
if(app_sources)
  add_executable(tarn ${app_sources})
  target_link_libraries(tarn PRIVATE tarn_gateway tarn_session tarn_job tarn_flow tarn_plan tarn_sql tarn_plugs tarn_wire tarn_net tarn::edit tarn::json)
  target_compile_options(tarn PRIVATE -fPIC)   # as the precompiled header was made
  target_precompile_headers(tarn REUSE_FROM tarn_pch)
  set_target_properties(tarn PROPERTIES BUILD_RPATH "\$ORIGIN/lib;${TARN_ARROW_DIR}" INSTALL_RPATH "\$ORIGIN/../lib/tarn")
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/src/app/metastore_main.cc)
  add_executable(tarn-metastore ${CMAKE_SOURCE_DIR}/src/app/metastore_main.cc)
  target_link_libraries(tarn-metastore PRIVATE tarn_metastore)
endif()
