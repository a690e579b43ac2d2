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

  // Of table functions (lake_scan.h).
  decltype(&::duckdb_create_logical_type) create_logical_type;
  decltype(&::duckdb_create_list_type) create_list_type;
  decltype(&::duckdb_destroy_logical_type) destroy_logical_type;
  decltype(&::duckdb_create_table_function) create_table_function;
  decltype(&::duckdb_destroy_table_function) destroy_table_function;
  decltype(&::duckdb_table_function_set_name) table_function_set_name;
  decltype(&::duckdb_table_function_add_parameter) table_function_add_parameter;
  decltype(&::duckdb_table_function_set_extra_info) table_function_set_extra_info;
  decltype(&::duckdb_table_function_set_bind) table_function_set_bind;
  decltype(&::duckdb_table_function_set_init) table_function_set_init;
  decltype(&::duckdb_table_function_set_local_init) table_function_set_local_init;
  decltype(&::duckdb_table_function_set_function) table_function_set_function;
  decltype(&::duckdb_table_function_supports_projection_pushdown) table_function_supports_projection_pushdown;
  decltype(&::duckdb_register_table_function) register_table_function;
  decltype(&::duckdb_bind_get_extra_info) bind_get_extra_info;
  decltype(&::duckdb_bind_get_parameter) bind_get_parameter;
  decltype(&::duckdb_bind_add_result_column) bind_add_result_column;
  decltype(&::duckdb_bind_set_cardinality) bind_set_cardinality;
  decltype(&::duckdb_bind_set_bind_data) bind_set_bind_data;
  decltype(&::duckdb_bind_set_error) bind_set_error;
  decltype(&::duckdb_init_get_extra_info) init_get_extra_info;
  decltype(&::duckdb_init_get_bind_data) init_get_bind_data;
  decltype(&::duckdb_init_get_column_count) init_get_column_count;
  decltype(&::duckdb_init_get_column_index) init_get_column_index;
  decltype(&::duckdb_init_set_max_threads) init_set_max_threads;
  decltype(&::duckdb_init_set_init_data) init_set_init_data;
  decltype(&::duckdb_init_set_error) init_set_error;
  decltype(&::duckdb_function_get_extra_info) function_get_extra_info;
  decltype(&::duckdb_function_get_bind_data) function_get_bind_data;
  decltype(&::duckdb_function_get_init_data) function_get_init_data;
  decltype(&::duckdb_function_get_local_init_data) function_get_local_init_data;
  decltype(&::duckdb_function_set_error) function_set_error;
  decltype(&::duckdb_get_varchar) get_varchar;
  decltype(&::duckdb_get_int64) get_int64;
  decltype(&::duckdb_destroy_value) destroy_value;
  decltype(&::duckdb_data_chunk_set_size) data_chunk_set_size;
  decltype(&::duckdb_vector_size) vector_size;
  decltype(&::duckdb_vector_reference_vector) vector_reference_vector;
  decltype(&::duckdb_schema_from_arrow) schema_from_arrow;
  decltype(&::duckdb_data_chunk_from_arrow) data_chunk_from_arrow;
  decltype(&::duckdb_destroy_arrow_converted_schema) destroy_arrow_converted_schema;
  decltype(&::duckdb_error_data_has_error) error_data_has_error;
  decltype(&::duckdb_error_data_message) error_data_message;
  decltype(&::duckdb_destroy_error_data) destroy_error_data;

  /// The library, looked for beside this program, where the build found it, and where the system looks; loaded once for the process. Thread
  /// safe.
  static Result<const DuckdbLibrary*> load();
};

}  // namespace voxlake::warehouse
