# The corpus of statements that Flink's own parser has judged.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/sql/corpus_test.cc ${CMAKE_SOURCE_DIR}/src/sql/mutation_test.cc
  PROPERTIES COMPILE_DEFINITIONS TARN_SQL_CORPUS="${CMAKE_SOURCE_DIR}/test/sql_parser")
