#include "cli/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cwchar>
#include <filesystem>

namespace voxlake::cli {

namespace {

constexpr int history_entries = 1000;

std::atomic<bool> interrupted = false;  // lock-free: a signal handler may set it
static_assert(std::atomic<bool>::is_always_lock_free);

void note_interrupt(int) {
  interrupted = true;
}

/// Ctrl-C breaks off what is being typed or asked, and does not end the program.
void listen() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  sigemptyset(&action.sa_mask);
  // What is being written goes on: broken off, it would be lost, and the stream called bad. Nothing is waited for by reading.
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
}

/// The terminal once more, never to wait in a read: a Ctrl-C takes back what was typed, also between being told of it and reading it.
/// Standard input itself, which other programs share, where it cannot be opened.
int open_keyboard() {
  const int keyboard = ::open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return keyboard < 0 ? STDIN_FILENO : keyboard;
}

/// Waits until something was typed; false for Ctrl-C. It may come just before the waiting begins, or be taken by a thread of DuckDB's, and
/// then wakes nobody: so that is looked for now and then.
bool wait_for_typing(int keyboard) {
  constexpr int look_again_ms = 50;
  pollfd typed{keyboard, POLLIN, 0};
  while (!interrupted) {
    const int ready = ::poll(&typed, 1, look_again_ms);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;  // the reading says what is wrong
  }
  return false;
}

std::string common_beginning(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    const auto parted = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
    common.erase(parted.first, common.end());
  }
  return common;
}

void list_words(const std::vector<std::string>& words) {
  constexpr size_t most = 100;
  std::fputc('\n', stdout);
  for (size_t i = 0; i < std::min(words.size(), most); ++i) std::printf("%s%s", i == 0 ? "" : "  ", words[i].c_str());
  if (words.size() > most) std::printf("  … (%zu)", words.size());
  std::fputc('\n', stdout);
}

}  // namespace

struct LineEditor::Impl {
  EditLine* editor = nullptr;
  History* history = nullptr;
  int keyboard = open_keyboard();
  std::string history_file;
  std::string prompt;
  Completion completion;

  static char* prompt_of(EditLine* editor) {
    Impl* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return self->prompt.data();
  }

  /// 1 for a letter, 0 at the end, -1 for Ctrl-C or an error.
  static int read_letter(EditLine* editor, wchar_t* letter) {
    Impl* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    std::mbstate_t state{};
    while (wait_for_typing(self->keyboard)) {
      char byte = 0;
      const ssize_t got = ::read(self->keyboard, &byte, 1);
      if (got == 0) return 0;
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) return -1;
      const size_t length = std::mbrtowc(letter, &byte, 1, &state);
      if (length == static_cast<size_t>(-1)) state = {};  // no letter of this encoding: passed over
      if (length != static_cast<size_t>(-1) && length != static_cast<size_t>(-2)) return 1;
    }
    return -1;
  }

  static unsigned char complete(EditLine* editor, int) {
    Impl* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    const LineInfo* line = el_line(editor);
    const char* begin = line->cursor;
    const auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; };
    while (begin > line->buffer && in_word(begin[-1])) --begin;
    const std::string begun(begin, line->cursor);
    const auto words = self->completion(begun);
    if (words.empty()) return CC_REFRESH_BEEP;
    std::string longer = words.size() == 1 ? words.front() + " " : common_beginning(words);
    if (longer.size() > begun.size()) {
      el_deletestr(editor, static_cast<int>(begun.size()));
      el_insertstr(editor, longer.c_str());
      return CC_REFRESH;
    }
    list_words(words);
    return CC_REDISPLAY;
  }
};

LineEditor::LineEditor(std::string history_file, Completion completion) : impl_(std::make_unique<Impl>()) {
  std::setlocale(LC_CTYPE, "");
  listen();
  impl_->history_file = std::move(history_file);
  impl_->completion = std::move(completion);
  impl_->editor = el_init("voxlake", stdin, stdout, stderr);
  impl_->history = history_init();
  HistEvent event;
  ::history(impl_->history, &event, H_SETSIZE, history_entries);
  ::history(impl_->history, &event, H_SETUNIQUE, 1);
  if (!impl_->history_file.empty()) ::history(impl_->history, &event, H_LOAD, impl_->history_file.c_str());
  EditLine* editor = impl_->editor;
  el_set(editor, EL_CLIENTDATA, impl_.get());
  el_set(editor, EL_PROMPT, &Impl::prompt_of);
  el_set(editor, EL_GETCFN, &Impl::read_letter);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_HIST, ::history, impl_->history);
  el_set(editor, EL_ADDFN, "voxlake-complete", "complete a word", &Impl::complete);
  el_set(editor, EL_BIND, "^I", "voxlake-complete", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  // A Ctrl-D typed while a query runs reaches the editor as NUL (the terminal was not raw yet), which libedit takes for a terminal's
  // disabled "literal next": the Ctrl-D after it would go into the line.
  el_set(editor, EL_BIND, "^@", "em-delete-or-list", nullptr);
}

LineEditor::~LineEditor() {
  el_end(impl_->editor);
  history_end(impl_->history);
  if (impl_->keyboard != STDIN_FILENO) ::close(impl_->keyboard);
}

LineEditor::Outcome LineEditor::read(const std::string& prompt, std::string& line) {
  impl_->prompt = prompt;
  take_interrupt();
  int length = 0;
  const char* typed = el_gets(impl_->editor, &length);
  if (take_interrupt()) {
    el_reset(impl_->editor);
    std::fputc('\n', stdout);
    return Outcome::interrupted;
  }
  if (typed == nullptr || length <= 0) return Outcome::end;
  line.assign(typed, static_cast<size_t>(length));
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  return Outcome::line;
}

void LineEditor::remember(const std::string& statement) {
  HistEvent event;
  ::history(impl_->history, &event, H_ENTER, statement.c_str());
  if (impl_->history_file.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(impl_->history_file).parent_path(), ignored);
  ::history(impl_->history, &event, H_SAVE, impl_->history_file.c_str());
  ::chmod(impl_->history_file.c_str(), S_IRUSR | S_IWUSR);
}

bool take_interrupt() {
  return interrupted.exchange(false);
}

}  // namespace voxlake::cli
