#include "warehouse/duckdb_library.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "loader/shared_library.h"

namespace voxlake::warehouse {

namespace {

std::string folder_of_program() {
  std::string path(4096, '\0');
  ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return ".";
  path.resize(static_cast<size_t>(length));
  return path.substr(0, path.rfind('/'));
}

DuckdbLibrary functions_of(loader::SharedLibrary& file) {
  DuckdbLibrary library{};
#define VOXLAKE_BIND(name) file.find("duckdb_" #name, library.name)
  VOXLAKE_BIND(library_version);
  VOXLAKE_BIND(create_config);
  VOXLAKE_BIND(set_config);
  VOXLAKE_BIND(destroy_config);
  VOXLAKE_BIND(open_ext);
  VOXLAKE_BIND(close);
  VOXLAKE_BIND(connect);
  VOXLAKE_BIND(disconnect);
  VOXLAKE_BIND(free);
  VOXLAKE_BIND(extract_statements);
  VOXLAKE_BIND(extract_statements_error);
  VOXLAKE_BIND(prepare_extracted_statement);
  VOXLAKE_BIND(destroy_extracted);
  VOXLAKE_BIND(prepare);
  VOXLAKE_BIND(prepare_error);
  VOXLAKE_BIND(destroy_prepare);
  VOXLAKE_BIND(prepared_statement_type);
  VOXLAKE_BIND(prepared_statement_column_count);
  VOXLAKE_BIND(prepared_statement_column_name);
  VOXLAKE_BIND(prepared_statement_column_type);
  VOXLAKE_BIND(nparams);
  VOXLAKE_BIND(parameter_name);
  VOXLAKE_BIND(bind_varchar_length);
  VOXLAKE_BIND(execute_prepared);
  VOXLAKE_BIND(execute_prepared_streaming);
  VOXLAKE_BIND(interrupt);
  VOXLAKE_BIND(query);
  VOXLAKE_BIND(result_error);
  VOXLAKE_BIND(destroy_result);
  VOXLAKE_BIND(fetch_chunk);
  VOXLAKE_BIND(destroy_data_chunk);
  VOXLAKE_BIND(data_chunk_get_size);
  VOXLAKE_BIND(data_chunk_get_vector);
  VOXLAKE_BIND(vector_get_data);
  VOXLAKE_BIND(vector_get_validity);
  VOXLAKE_BIND(create_logical_type);
  VOXLAKE_BIND(create_list_type);
  VOXLAKE_BIND(destroy_logical_type);
  VOXLAKE_BIND(create_table_function);
  VOXLAKE_BIND(destroy_table_function);
  VOXLAKE_BIND(table_function_set_name);
  VOXLAKE_BIND(table_function_add_parameter);
  VOXLAKE_BIND(table_function_set_extra_info);
  VOXLAKE_BIND(table_function_set_bind);
  VOXLAKE_BIND(table_function_set_init);
  VOXLAKE_BIND(table_function_set_local_init);
  VOXLAKE_BIND(table_function_set_function);
  VOXLAKE_BIND(table_function_supports_projection_pushdown);
  VOXLAKE_BIND(register_table_function);
  VOXLAKE_BIND(bind_get_extra_info);
  VOXLAKE_BIND(bind_get_parameter);
  VOXLAKE_BIND(bind_add_result_column);
  VOXLAKE_BIND(bind_set_cardinality);
  VOXLAKE_BIND(bind_set_bind_data);
  VOXLAKE_BIND(bind_set_error);
  VOXLAKE_BIND(init_get_extra_info);
  VOXLAKE_BIND(init_get_bind_data);
  VOXLAKE_BIND(init_get_column_count);
  VOXLAKE_BIND(init_get_column_index);
  VOXLAKE_BIND(init_set_max_threads);
  VOXLAKE_BIND(init_set_init_data);
  VOXLAKE_BIND(init_set_error);
  VOXLAKE_BIND(function_get_extra_info);
  VOXLAKE_BIND(function_get_bind_data);
  VOXLAKE_BIND(function_get_init_data);
  VOXLAKE_BIND(function_get_local_init_data);
  VOXLAKE_BIND(function_set_error);
  VOXLAKE_BIND(get_varchar);
  VOXLAKE_BIND(get_int64);
  VOXLAKE_BIND(destroy_value);
  VOXLAKE_BIND(data_chunk_set_size);
  VOXLAKE_BIND(vector_size);
  VOXLAKE_BIND(vector_reference_vector);
  VOXLAKE_BIND(schema_from_arrow);
  VOXLAKE_BIND(data_chunk_from_arrow);
  VOXLAKE_BIND(destroy_arrow_converted_schema);
  VOXLAKE_BIND(error_data_has_error);
  VOXLAKE_BIND(error_data_message);
  VOXLAKE_BIND(destroy_error_data);
#undef VOXLAKE_BIND
  return library;
}

Result<DuckdbLibrary> load_anew() {
  const std::vector<std::string> places = {folder_of_program() + "/libduckdb.so", VOXLAKE_DUCKDB_LIBRARY, "libduckdb.so"};
  std::string last_problem;
  for (const std::string& place : places) {
    loader::SharedLibrary file(place);
    const DuckdbLibrary library = functions_of(file);
    if (file.problem().empty()) return library;
    last_problem = file.problem();
  }
  return failure(ErrorKind::not_found, "cannot load DuckDB: " + last_problem, "put libduckdb.so 1.5 or newer beside the voxlake program");
}

}  // namespace

Result<const DuckdbLibrary*> DuckdbLibrary::load() {
  static const Result<DuckdbLibrary> library = load_anew();
  if (!library) return tl::unexpected<Error>(library.error());
  return &*library;
}

}  // namespace voxlake::warehouse
