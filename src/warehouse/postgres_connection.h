#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "error/result.h"

namespace voxlake::warehouse {

/// A connection to PostgreSQL by libpq, which is loaded when it is first asked for. Where to and as whom is said by libpq's own means:
/// PGHOST, PGDATABASE, PGUSER, PGPASSWORD, PGSERVICE, ~/.pgpass …; nothing of it is ever printed but what the server itself says.
/// Not thread safe.
class PostgresConnection {
 public:
  /// not_found without libpq; network where the server cannot be reached or refuses us.
  static Result<PostgresConnection> open();
  ~PostgresConnection();
  PostgresConnection(PostgresConnection&&) noexcept;

  /// Runs statements for their effect.
  Status execute(const std::string& sql);
  using Row = std::vector<std::optional<std::string>>;
  Result<std::vector<Row>> query(const std::string& sql);

  /// COPY … FROM STDIN: begin, then data, then the end, which says whether the server took it.
  Status begin_copy(const std::string& sql);
  Status copy(const std::string& bytes);
  Status end_copy();

 private:
  struct Impl;
  explicit PostgresConnection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace voxlake::warehouse
