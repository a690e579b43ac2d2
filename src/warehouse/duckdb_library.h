#pragma once

#include <duckdb.h>

#include "error/result.h"

namespace voxlake::warehouse {

/// DuckDB's C functions, found in its library when it is first asked for: commands that need no SQL start without its 70 MB.
struct DuckdbLibrary {
  decltype(&::duckdb_library_version) library_version;
  decltype(&::duckdb_create_config) create_config;
  decltype(&::duckdb_set_config) set_config;
  decltype(&::duckdb_destroy_config) destroy_config;
  decltype(&::duckdb_open_ext) open_ext;
  decltype(&::duckdb_close) close;
  decltype(&::duckdb_connect) connect;
  decltype(&::duckdb_disconnect) disconnect;
  decltype(&::duckdb_free) free;
  decltype(&::duckdb_extract_statements) extract_statements;
  decltype(&::duckdb_extract_statements_error) extract_statements_error;
  decltype(&::duckdb_prepare_extracted_statement) prepare_extracted_statement;
  decltype(&::duckdb_destroy_extracted) destroy_extracted;
  decltype(&::duckdb_prepare) prepare;
  decltype(&::duckdb_prepare_error) prepare_error;
  decltype(&::duckdb_destroy_prepare) destroy_prepare;
  decltype(&::duckdb_prepared_statement_type) prepared_statement_type;
  decltype(&::duckdb_prepared_statement_column_count) prepared_statement_column_count;
  decltype(&::duckdb_prepared_statement_column_name) prepared_statement_column_name;
  decltype(&::duckdb_prepared_statement_column_type) prepared_statement_column_type;
  decltype(&::duckdb_nparams) nparams;
  decltype(&::duckdb_parameter_name) parameter_name;
  decltype(&::duckdb_bind_varchar_length) bind_varchar_length;
  decltype(&::duckdb_execute_prepared) execute_prepared;
  decltype(&::duckdb_execute_prepared_streaming) execute_prepared_streaming;
  decltype(&::duckdb_interrupt) interrupt;
  decltype(&::duckdb_query) query;
  decltype(&::duckdb_result_error) result_error;
  decltype(&::duckdb_destroy_result) destroy_result;
  decltype(&::duckdb_fetch_chunk) fetch_chunk;
  decltype(&::duckdb_destroy_data_chunk) destroy_data_chunk;
  decltype(&::duckdb_data_chunk_get_size) data_chunk_get_size;
  decltype(&::duckdb_data_chunk_get_vector) data_chunk_get_vector;
  decltype(&::duckdb_vector_get_data) vector_get_data;
  decltype(&::duckdb_vector_get_validity) vector_get_validity;

  /// The library, looked for beside this program, where the build found it, and where the system looks; loaded once for the process. Thread
  /// safe.
  static Result<const DuckdbLibrary*> load();
};

}  // namespace voxlake::warehouse
