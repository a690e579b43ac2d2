#include "lake/parquet_footer.h"

#include <cstdint>
#include <vector>

namespace voxlake::lake {

namespace {

/// Types of Thrift's compact protocol.
enum Type : uint8_t {
  stop = 0,
  yes = 1,
  no = 2,
  byte = 3,
  i16 = 4,
  i32 = 5,
  i64 = 6,
  number = 7,
  binary = 8,
  list = 9,
  set = 10,
  map = 11,
  object = 12
};

/// Fields of parquet.thrift that matter here.
namespace file_field {
constexpr int schema = 2, row_groups = 4, key_values = 5, column_orders = 7, encryption = 8, signing_key = 9;
}
namespace element_field {
constexpr int name = 4, child_count = 5;
}
namespace group_field {
constexpr int columns = 1, sorting = 4;
}

constexpr int deepest = 32;

struct ListHeader {
  Type type = stop;
  uint64_t size = 0;
};

/// Reads from the front of a text; any step past its end sets `failed` and yields zeros from then on.
class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}
  bool failed() const { return failed_; }
  const char* position() const { return at_; }

  uint8_t take_byte() {
    if (at_ == end_) {
      failed_ = true;
      return 0;
    }
    return static_cast<uint8_t>(*at_++);
  }

  uint64_t take_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t part = take_byte();
      value |= uint64_t{part & 0x7fu} << shift;
      if (part < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }

  int64_t take_integer() {
    uint64_t value = take_varint();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }

  std::string_view take_binary() {
    uint64_t size = take_varint();
    if (size > static_cast<uint64_t>(end_ - at_)) {
      failed_ = true;
      return {};
    }
    std::string_view result(at_, size);
    at_ += size;
    return result;
  }

  /// The next field's type, its number kept in `field`.
  Type take_field(int& field) {
    uint8_t header = take_byte();
    if (failed_ || (header & 15) == stop) return stop;
    const int64_t number = (header >> 4) != 0 ? int64_t{field} + (header >> 4) : take_integer();
    if (number < INT16_MIN || number > INT16_MAX) {  // a field's number is an i16
      failed_ = true;
      return stop;
    }
    field = static_cast<int>(number);
    return static_cast<Type>(header & 15);
  }

  ListHeader take_list() {
    uint8_t header = take_byte();
    ListHeader result{static_cast<Type>(header & 15), uint64_t{header} >> 4};
    if (result.size == 15) result.size = take_varint();
    if (result.size > static_cast<uint64_t>(end_ - at_)) failed_ = true;  // an element takes a byte at least
    return result;
  }

  void skip_varint() {
    while (take_byte() >= 0x80) {
    }
  }

  /// Skips a value of a field; in a list, `in_list`, booleans take a byte of their own.
  void skip(Type type, bool in_list = false, int depth = 0) {
    if (failed_ || depth > deepest) {
      failed_ = true;
      return;
    }
    switch (type) {
      case yes:
      case no:
        if (in_list) take_byte();
        return;
      case byte: take_byte(); return;
      case i16:
      case i32:
      case i64: skip_varint(); return;
      case number:
        if (end_ - at_ < 8) {
          failed_ = true;
        } else {
          at_ += 8;
        }
        return;
      case binary: take_binary(); return;
      case list:
      case set: {
        ListHeader header = take_list();
        for (uint64_t i = 0; i < header.size && !failed_; ++i) skip(header.type, true, depth + 1);
        return;
      }
      case map: return skip_map(depth);
      case object: {
        int field = 0;
        for (Type inner = take_field(field); inner != stop && !failed_; inner = take_field(field)) skip(inner, false, depth + 1);
        return;
      }
      default: failed_ = true;
    }
  }

 private:
  void skip_map(int depth) {
    uint64_t size = take_varint();
    if (size == 0) return;
    uint8_t types = take_byte();
    for (uint64_t i = 0; i < size && !failed_; ++i) {
      skip(static_cast<Type>(types >> 4), true, depth + 1);
      skip(static_cast<Type>(types & 15), true, depth + 1);
    }
  }

  const char* at_;
  const char* end_;
  bool failed_ = false;
};

class Writer {
 public:
  void raw(const char* from, const char* to) { text_.append(from, to); }
  void byte(uint8_t value) { text_ += static_cast<char>(value); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<uint8_t>(value | 0x80));
    byte(static_cast<uint8_t>(value));
  }
  void integer(int64_t value) { varint((static_cast<uint64_t>(value) << 1) ^ (value < 0 ? ~uint64_t{0} : 0)); }
  /// `last` is the struct's last field number so far.
  void field(Type type, int number, int& last) {
    if (number > last && number - last < 16) {
      byte(static_cast<uint8_t>((number - last) << 4 | type));
    } else {
      byte(type);
      integer(number);
    }
    last = number;
  }
  void list_header(Type type, uint64_t size) {
    if (size < 15) {
      byte(static_cast<uint8_t>(size << 4 | type));
    } else {
      byte(static_cast<uint8_t>(0xf0 | type));
      varint(size);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// A schema element: where its bytes are, and what the tree needs of it.
struct Element {
  const char* begin = nullptr;
  const char* end = nullptr;
  std::string_view name;
  int64_t children = 0;
};

class Reduction {
 public:
  Reduction(std::string_view footer, const std::set<std::string, std::less<>>& columns) : in_(footer), columns_(columns) {}

  std::optional<std::string> run() {
    int field = 0, last = 0;
    for (Type type = in_.take_field(field); type != stop && !in_.failed(); type = in_.take_field(field)) {
      if (field == file_field::encryption || field == file_field::signing_key) return std::nullopt;
      const char* begin = in_.position();
      if (field == file_field::schema && type == list) {
        out_.field(type, field, last);
        if (!copy_schema()) return std::nullopt;
      } else if (field == file_field::row_groups && type == list) {
        // The schema comes first in every writer's footers; one that comes later cannot be followed.
        if (kept_leaves_.empty()) return std::nullopt;
        out_.field(type, field, last);
        copy_row_groups();
      } else if (field == file_field::column_orders && type == list) {
        out_.field(type, field, last);
        copy_kept_items();
      } else if (field == file_field::key_values) {
        in_.skip(type);
      } else {
        in_.skip(type);
        out_.field(type, field, last);
        out_.raw(begin, in_.position());
      }
    }
    if (in_.failed()) return std::nullopt;
    out_.byte(stop);
    return out_.take();
  }

 private:
  Element take_element() {
    Element element;
    element.begin = in_.position();
    int field = 0;
    for (Type type = in_.take_field(field); type != stop && !in_.failed(); type = in_.take_field(field)) {
      if (field == element_field::name && type == binary) {
        element.name = in_.take_binary();
      } else if (field == element_field::child_count && type == i32) {
        element.children = in_.take_integer();
      } else {
        in_.skip(type);
      }
    }
    element.end = in_.position();
    return element;
  }

  bool copy_schema() {
    ListHeader header = in_.take_list();
    if (header.type != object || header.size == 0) return false;
    std::vector<Element> elements;
    for (uint64_t i = 0; i < header.size && !in_.failed(); ++i) elements.push_back(take_element());
    if (in_.failed()) return false;

    std::vector<std::pair<size_t, size_t>> kept;  // subtrees, as ranges of elements
    size_t kept_elements = 0;
    for (size_t i = 1; i < elements.size();) {
      const size_t begin = i;
      const bool wanted = columns_.contains(elements[i].name);
      // Elements are in depth-first order: a subtree ends when nothing is owed any more.
      for (int64_t owed = 1; owed > 0; ++i) {
        if (i == elements.size()) return false;
        owed += elements[i].children - 1;
        if (elements[i].children == 0) kept_leaves_.push_back(wanted);
      }
      if (!wanted) continue;
      kept.emplace_back(begin, i);
      kept_elements += i - begin;
    }
    if (kept.empty()) return false;
    out_.list_header(object, kept_elements + 1);
    copy_root(elements[0], static_cast<int64_t>(kept.size()));
    for (auto [begin, end] : kept) out_.raw(elements[begin].begin, elements[end - 1].end);
    return true;
  }

  /// The root element with another number of children.
  void copy_root(const Element& root, int64_t children) {
    Reader reader(std::string_view(root.begin, static_cast<size_t>(root.end - root.begin)));
    int field = 0, last = 0;
    for (Type type = reader.take_field(field); type != stop && !reader.failed(); type = reader.take_field(field)) {
      const char* begin = reader.position();
      reader.skip(type);
      out_.field(type, field, last);
      if (field == element_field::child_count) {
        out_.integer(children);
      } else {
        out_.raw(begin, reader.position());
      }
    }
    out_.byte(stop);
  }

  void copy_row_groups() {
    ListHeader header = in_.take_list();
    out_.list_header(header.type, header.size);
    for (uint64_t i = 0; i < header.size && !in_.failed(); ++i) {
      int field = 0, last = 0;
      for (Type type = in_.take_field(field); type != stop && !in_.failed(); type = in_.take_field(field)) {
        const char* begin = in_.position();
        if (field == group_field::columns && type == list) {
          out_.field(type, field, last);
          copy_kept_items();
          continue;
        }
        in_.skip(type);
        if (field == group_field::sorting) continue;  // names columns by number, which no longer hold
        out_.field(type, field, last);
        out_.raw(begin, in_.position());
      }
      out_.byte(stop);
    }
  }

  /// A list with an item for each leaf: those of the kept ones.
  void copy_kept_items() {
    ListHeader header = in_.take_list();
    Writer items;
    uint64_t count = 0;
    for (uint64_t i = 0; i < header.size && !in_.failed(); ++i) {
      const char* begin = in_.position();
      in_.skip(header.type, true);
      if (i >= kept_leaves_.size() || !kept_leaves_[i]) continue;
      items.raw(begin, in_.position());
      ++count;
    }
    out_.list_header(header.type, count);
    std::string text = items.take();
    out_.raw(text.data(), text.data() + text.size());
  }

  Reader in_;
  Writer out_;
  const std::set<std::string, std::less<>>& columns_;
  std::vector<bool> kept_leaves_;
};

}  // namespace

std::optional<std::string> reduced_footer(std::string_view footer, const std::set<std::string, std::less<>>& columns) {
  return Reduction(footer, columns).run();
}

}  // namespace voxlake::lake
