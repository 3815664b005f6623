# tarn-metastore-bench: drives a metastore by Thrift and reports rates per server CPU-second.
add_executable(tarn-metastore-bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/src/metastore/metastore_bench.cc)
target_link_libraries(tarn-metastore-bench PRIVATE tarn_wire)
