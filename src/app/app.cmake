# Programs. Only this room names plugs (through the generated list).
# tarn_app holds all of `tarn` but its main, so that unit tests can link it.
file(GLOB app_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/app/*.cc)
set(app_tests ${app_sources})
list(FILTER app_tests INCLUDE REGEX "_test\\.cc$")
list(FILTER app_sources EXCLUDE REGEX "(metastore_main|main|_test)\\.cc$")
add_library(tarn_app STATIC ${app_sources})
target_link_libraries(tarn_app PUBLIC tarn_gateway tarn_session tarn_job tarn_flow tarn_plan tarn_sql tarn_plugs tarn_wire tarn_net tarn::edit tarn::json)
target_precompile_headers(tarn_app REUSE_FROM tarn_pch)
add_executable(tarn ${CMAKE_SOURCE_DIR}/src/app/main.cc)
target_link_libraries(tarn PRIVATE tarn_app)
target_compile_options(tarn PRIVATE -fPIC)   # as the precompiled header was made
# The wheel's libparquet exports an OpenSSL of its own, whose functions would answer for the system's (of our TLS and librdkafka's), and
# two versions would share objects. First in the list, the system's libcrypto wins.
target_link_options(tarn PRIVATE -Wl,--push-state,--no-as-needed,-lcrypto,--pop-state)
target_precompile_headers(tarn REUSE_FROM tarn_pch)
set_target_properties(tarn PROPERTIES BUILD_RPATH "\$ORIGIN/lib;${TARN_ARROW_DIR}" INSTALL_RPATH "\$ORIGIN/../lib/tarn")
if(app_tests)
  tarn_unit_test(app ON ${app_tests})
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/src/app/metastore_main.cc)
  add_executable(tarn-metastore ${CMAKE_SOURCE_DIR}/src/app/metastore_main.cc ${CMAKE_SOURCE_DIR}/src/app/metastore_place.cc)
  target_link_libraries(tarn-metastore PRIVATE tarn_metastore)
endif()
# Old-style RPATH: it also finds the libraries that our libraries need, so that a package can bring them all (tools/package).
foreach(program tarn tarn-metastore)
  if(TARGET ${program})
    target_link_options(${program} PRIVATE -Wl,--disable-new-dtags)
    set_target_properties(${program} PROPERTIES BUILD_RPATH "\$ORIGIN/lib;${TARN_ARROW_DIR}")
  endif()
endforeach()
