# The module that tarn-metastore loads. Arrow's S3 client is a library of its own in the wheel; Azure's is inside libarrow.
target_link_libraries(tarn_objectstore PUBLIC ${TARN_ARROW_DIR}/libarrow_s3.so.2600)
add_library(tarn-object-store MODULE ${CMAKE_SOURCE_DIR}/src/objectstore/module_main.cc)
target_link_libraries(tarn-object-store PRIVATE tarn_objectstore)
target_link_options(tarn-object-store PRIVATE -Wl,--disable-new-dtags)
set_target_properties(tarn-object-store PROPERTIES PREFIX "" BUILD_RPATH "\$ORIGIN/lib;${TARN_ARROW_DIR}" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
