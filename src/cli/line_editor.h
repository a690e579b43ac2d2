#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace voxlake::cli {

/// Lines that a person types on a terminal, with the usual keys, a history that outlives the program, and completion by Tab. On
/// editline (libedit). One at a time in a process; not thread safe.
class LineEditor {
 public:
  /// What may follow the word `begun`, which is the end of what was typed: whole words.
  using Completion = std::function<std::vector<std::string>(const std::string& begun)>;

  /// `history_file`: kept for its owner alone; empty for none.
  LineEditor(std::string history_file, Completion completion);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;

  enum class Outcome { line, end, interrupted };
  /// Reads a line, without its end. `end` for Ctrl-D on an empty line, `interrupted` for Ctrl-C.
  Outcome read(const std::string& prompt, std::string& line);
  /// Remembers a whole statement.
  void remember(const std::string& statement);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether Ctrl-C was pressed since the last call; from the first LineEditor on it no longer ends the program.
bool take_interrupt();

}  // namespace voxlake::cli
