# Every foreign library is found here, once, with the reason beside it. tools/setup installs them.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

function(tarn_import name)
  cmake_parse_arguments(I "" "PKG;LIB" "LIBS" ${ARGN})
  add_library(tarn_dep_${name} INTERFACE)
  add_library(tarn::${name} ALIAS tarn_dep_${name})
  if(I_PKG)
    pkg_check_modules(DEP_${name} REQUIRED IMPORTED_TARGET ${I_PKG})
    target_link_libraries(tarn_dep_${name} INTERFACE PkgConfig::DEP_${name})
  endif()
  target_link_libraries(tarn_dep_${name} INTERFACE ${I_LIBS})
endfunction()

# Arrow and Parquet: the C++ build inside the pyarrow wheel, pinned in tools/setup. It has no CMake package.
set(TARN_ARROW_DIR "${CMAKE_SOURCE_DIR}/build/deps/pyarrow" CACHE PATH "unpacked pyarrow wheel")
if(NOT EXISTS ${TARN_ARROW_DIR}/libarrow.so.2600)
  message(FATAL_ERROR "Arrow is not in ${TARN_ARROW_DIR}: run tools/setup")
endif()
add_library(tarn_arrow_dep INTERFACE)
add_library(tarn::arrow ALIAS tarn_arrow_dep)
target_include_directories(tarn_arrow_dep SYSTEM INTERFACE ${TARN_ARROW_DIR}/include)
target_link_libraries(tarn_arrow_dep INTERFACE ${TARN_ARROW_DIR}/libarrow.so.2600 ${TARN_ARROW_DIR}/libarrow_compute.so.2600
  ${TARN_ARROW_DIR}/libparquet.so.2600 Threads::Threads)

tarn_import(fmt PKG fmt)                       # text formatting: GCC 12 has no <format>
tarn_import(spdlog PKG spdlog)                 # log files with rotation
tarn_import(yaml PKG yaml-cpp)                 # the one configuration file
tarn_import(openssl PKG openssl)               # TLS, digests
tarn_import(sqlite PKG sqlite3)                # the metastore's default store
tarn_import(postgres PKG libpq)                # the metastore's production store
tarn_import(mysql PKG libmariadb)              # the metastore's production store
tarn_import(kafka PKG rdkafka)                 # Kafka client
tarn_import(pcre2 PKG libpcre2-8)              # regular expressions close to Java's; std::regex is slow and another dialect
tarn_import(edit PKG libedit)                  # line editing in tarn sql
tarn_import(ldap)                              # <ldap.h> only: the metastore loads libldap on first use
tarn_import(json)                              # nlohmann/json: header only; REST bodies, SQL/JSON functions
if(TARN_TESTS)
  find_package(GTest REQUIRED)
  tarn_import(gtest LIBS GTest::gtest GTest::gtest_main)
endif()
