#include "warehouse/postgres_connection.h"

#include <libpq-fe.h>

#include <algorithm>

#include "loader/shared_library.h"

namespace voxlake::warehouse {

namespace {

/// libpq's functions, found in its library: a program that publishes nothing there needs none.
struct Library {
  decltype(&::PQconnectdb) connect;
  decltype(&::PQstatus) status;
  decltype(&::PQerrorMessage) error_message;
  decltype(&::PQfinish) finish;
  decltype(&::PQexec) exec;
  decltype(&::PQresultStatus) result_status;
  decltype(&::PQresultErrorField) result_error_field;
  decltype(&::PQclear) clear;
  decltype(&::PQntuples) rows;
  decltype(&::PQnfields) columns;
  decltype(&::PQgetisnull) is_null;
  decltype(&::PQgetvalue) value;
  decltype(&::PQgetlength) length;
  decltype(&::PQputCopyData) put_copy_data;
  decltype(&::PQputCopyEnd) put_copy_end;
  decltype(&::PQgetResult) get_result;
  decltype(&::PQsetNoticeProcessor) set_notice_processor;
};

Result<Library> load_libpq() {
  loader::SharedLibrary file("libpq.so.5");
  Library library{};
  file.find("PQconnectdb", library.connect);
  file.find("PQstatus", library.status);
  file.find("PQerrorMessage", library.error_message);
  file.find("PQfinish", library.finish);
  file.find("PQexec", library.exec);
  file.find("PQresultStatus", library.result_status);
  file.find("PQresultErrorField", library.result_error_field);
  file.find("PQclear", library.clear);
  file.find("PQntuples", library.rows);
  file.find("PQnfields", library.columns);
  file.find("PQgetisnull", library.is_null);
  file.find("PQgetvalue", library.value);
  file.find("PQgetlength", library.length);
  file.find("PQputCopyData", library.put_copy_data);
  file.find("PQputCopyEnd", library.put_copy_end);
  file.find("PQgetResult", library.get_result);
  file.find("PQsetNoticeProcessor", library.set_notice_processor);
  if (file.problem().empty()) return library;
  return failure(ErrorKind::not_found, "cannot load PostgreSQL's client library: " + file.problem(),
                 "install it, or a newer one (Debian's package libpq5)");
}

std::string message_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

void ignore_notice(void*, const char*) {}

}  // namespace

struct PostgresConnection::Impl {
  const Library library;
  PGconn* connection = nullptr;

  explicit Impl(const Library& loaded) : library(loaded) {}
  ~Impl() {
    if (connection != nullptr) library.finish(connection);
  }
  tl::unexpected<Error> refusal(const PGresult* result) const {
    const char* message = result == nullptr ? nullptr : library.result_error_field(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* hint = result == nullptr ? nullptr : library.result_error_field(result, PG_DIAG_MESSAGE_HINT);
    return failure(ErrorKind::io, "PostgreSQL says: " + message_line(message == nullptr ? library.error_message(connection) : message),
                   hint == nullptr ? "" : message_line(hint));
  }
  /// Hands the result to `use` where it is one of the wanted kind.
  template <typename Use>
  Status with_result(PGresult* result, ExecStatusType wanted, const Use& use) const {
    Status status;
    if (library.result_status(result) == wanted) {
      use(result);
    } else {
      status = refusal(result);
    }
    library.clear(result);
    return status;
  }
};

PostgresConnection::PostgresConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PostgresConnection::~PostgresConnection() = default;
PostgresConnection::PostgresConnection(PostgresConnection&&) noexcept = default;

Result<PostgresConnection> PostgresConnection::open() {
  static const Result<Library> library = load_libpq();
  if (!library) return tl::unexpected<Error>(library.error());
  auto impl = std::make_unique<Impl>(*library);
  impl->connection = library->connect("application_name=voxlake client_encoding=UTF8");
  if (library->status(impl->connection) != CONNECTION_OK) {
    // What libpq says names the host and the user, and never the password.
    return failure(ErrorKind::network, "cannot connect to PostgreSQL: " + message_line(library->error_message(impl->connection)),
                   "set PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD, or PGSERVICE");
  }
  library->set_notice_processor(impl->connection, ignore_notice, nullptr);
  return PostgresConnection(std::move(impl));
}

Status PostgresConnection::execute(const std::string& sql) {
  return impl_->with_result(impl_->library.exec(impl_->connection, sql.c_str()), PGRES_COMMAND_OK, [](const PGresult*) {});
}

Result<std::vector<PostgresConnection::Row>> PostgresConnection::query(const std::string& sql) {
  std::vector<Row> rows;
  VOXLAKE_TRY(impl_->with_result(impl_->library.exec(impl_->connection, sql.c_str()), PGRES_TUPLES_OK, [&](const PGresult* result) {
    for (int row = 0; row < impl_->library.rows(result); ++row) {
      Row values;
      for (int column = 0; column < impl_->library.columns(result); ++column) {
        values.emplace_back();
        if (impl_->library.is_null(result, row, column) != 0) continue;
        values.back().emplace(impl_->library.value(result, row, column), static_cast<size_t>(impl_->library.length(result, row, column)));
      }
      rows.push_back(std::move(values));
    }
  }));
  return rows;
}

Status PostgresConnection::begin_copy(const std::string& sql) {
  return impl_->with_result(impl_->library.exec(impl_->connection, sql.c_str()), PGRES_COPY_IN, [](const PGresult*) {});
}

Status PostgresConnection::copy(const std::string& bytes) {
  constexpr size_t most = size_t{1} << 28;  // libpq counts in int
  for (size_t start = 0; start < bytes.size(); start += most) {
    const auto count = static_cast<int>(std::min(most, bytes.size() - start));
    if (impl_->library.put_copy_data(impl_->connection, bytes.data() + start, count) != 1) return impl_->refusal(nullptr);
  }
  return {};
}

Status PostgresConnection::end_copy() {
  if (impl_->library.put_copy_end(impl_->connection, nullptr) != 1) return impl_->refusal(nullptr);
  Status status;
  for (PGresult* result = impl_->library.get_result(impl_->connection); result != nullptr;
       result = impl_->library.get_result(impl_->connection)) {
    Status each = impl_->with_result(result, PGRES_COMMAND_OK, [](const PGresult*) {});
    if (status) status = std::move(each);
  }
  return status;
}

}  // namespace voxlake::warehouse
