#include "lake/float_lists.h"

#include <arrow/array/data.h>
#include <arrow/util/bit_util.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <vector>

#include "lake/level_runs.h"
#include "lake/spool_buffer.h"

// A data page is: repetition levels (0 where a list begins, else 1), definition levels (null list, empty list, null value, value), then the
// values, either plain or as indices: a byte that says how many bits an index has, then runs of packed indices, the lowest bits first,
// eight at a time (https://parquet.apache.org/docs/file-format/data-pages/encodings/).

namespace voxlake::lake {
namespace {

constexpr size_t page_values = size_t{1} << 18;
constexpr size_t steps = 1 << 16;  // that 16 bits tell apart
constexpr float steps_a_unit = 32768.0F;
constexpr float highest = 32767.0F / 32768.0F;
constexpr size_t block_values = 2048;  // looked at before giving up on a row
constexpr size_t spool_block_values = size_t{1} << 16;
constexpr size_t passed_values = size_t{1} << 20;  ///< of a row in a file, after which what was read is let go
constexpr int64_t spool_row_values = int64_t{1} << 20;
constexpr size_t run_values = size_t{63} * 8;  // of packed indices; other writers have no longer ones

// Whole numbers alone, so every level of x86-64 gives the same bytes.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define VOXLAKE_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define VOXLAKE_WIDE
#endif

/// Finds which 16-bit step each value of a block is. False where one is none, to the bit: -0 and NaN are none.
VOXLAKE_WIDE bool find_steps(const float* values, size_t count, uint16_t* found) {
  uint32_t differing = 0;
  for (size_t i = 0; i < count; ++i) {
    // NaN is not above -1, and becomes the lowest step, which it is not.
    const float above = values[i] > -1.0F ? values[i] : -1.0F;
    const float bounded = above < highest ? above : highest;
    const auto step = static_cast<int32_t>(bounded * steps_a_unit);
    differing |= std::bit_cast<uint32_t>(static_cast<float>(step) / steps_a_unit) ^ std::bit_cast<uint32_t>(values[i]);
    found[i] = static_cast<uint16_t>(step + 32768);
  }
  return differing == 0;
}

/// Which steps occur, and at which place of the dictionary each stands.
class StepDictionary {
 public:
  StepDictionary() : places_(steps) {}

  void meet(std::span<const uint16_t> found) {
    for (const uint16_t step : found) places_[step] = 1;
  }
  void finish() {
    for (uint32_t step = 0; step < steps; ++step) {
      if (places_[step] == 0) continue;
      places_[step] = static_cast<uint16_t>(values_.size());
      values_.push_back(static_cast<float>(static_cast<int32_t>(step) - 32768) / steps_a_unit);
    }
    index_bits_ = values_.size() < 2 ? 1 : static_cast<int>(std::bit_width(values_.size() - 1));
  }
  const std::vector<float>& values() const { return values_; }
  int index_bits() const { return index_bits_; }
  uint16_t place_of(uint16_t step) const { return places_[step]; }

 private:
  std::vector<uint16_t> places_;
  std::vector<float> values_;
  int index_bits_ = 1;
};

/// Appends `indices`, each in `bits` bits; their number is a multiple of eight.
void append_packed(std::span<const uint16_t> indices, int bits, std::vector<uint8_t>& page) {
  const size_t begin = page.size();
  const size_t bytes = indices.size() / 8 * static_cast<size_t>(bits);
  page.resize(begin + bytes);
  uint8_t* target = page.data() + begin;
  uint64_t held = 0;
  int held_bits = 0;
  for (const uint16_t index : indices) {
    held |= static_cast<uint64_t>(index) << held_bits;
    held_bits += bits;
    if (held_bits < 32) continue;
    const auto low = static_cast<uint32_t>(held);
    for (int shift = 0; shift < 32; shift += 8) *target++ = static_cast<uint8_t>(low >> shift);
    held >>= 32;
    held_bits -= 32;
  }
  for (; held_bits > 0; held_bits -= 8, held >>= 8) *target++ = static_cast<uint8_t>(held);
}

/// Fills pages with lists, and writes each page that is full.
class ListPages {
 public:
  /// `by_dictionary`: the first values are steps.
  ListPages(const parquet::ColumnDescriptor& descriptor, bool lists_nullable, const StepDictionary& dictionary, bool by_dictionary,
            ColumnPages& pages)
      : full_(static_cast<uint8_t>(descriptor.max_definition_level())),
        empty_(lists_nullable ? 1 : 0),
        dictionary_(dictionary),
        pages_(pages),
        by_dictionary_(by_dictionary),
        indices_(page_values + 8) {}

  void add_without_values(bool is_null) {
    repetition_.add(0, 1);
    definition_.add(is_null ? uint8_t{0} : empty_, 1);
    ++count_;
    if (count_ >= page_values) finish();
  }
  /// Steps behind a plain page become values: Spark 3.5's vectorised reader keeps room for indices by counting those that it read, but
  /// puts them where the values stand, so that a page by dictionary after a plain one of the same column chunk runs past its end
  /// (ArrayIndexOutOfBoundsException). Its own writer, and Arrow's, never go back either.
  /// `is_first`: they begin a list.
  void add_steps(std::span<const uint16_t> found, bool is_first = true) {
    if (plain_began_) return add_steps_as_values(found);
    use_dictionary(true);
    for (; !found.empty(); is_first = false) {
      const auto taken = found.first(std::min(found.size(), page_values - count_));
      found = found.subspan(taken.size());
      for (const uint16_t step : taken) indices_[index_count_++] = dictionary_.place_of(step);
      note(taken.size(), is_first, /*are_null=*/false);
    }
  }
  /// Values of a list, all of them there or all of them null.
  void add_values(std::span<const float> values, bool is_first, bool are_null) {
    use_dictionary(false);
    plain_began_ = true;
    for (; !values.empty(); is_first = false) {
      const auto taken = values.first(std::min(values.size(), page_values - count_));
      values = values.subspan(taken.size());
      if (!are_null) plain_.push_back(taken);
      note(taken.size(), is_first, are_null);
    }
  }
  bool plain_began() const { return plain_began_; }
  void finish() {
    if (count_ == 0) return;
    page_.clear();
    repetition_.move_to(page_);
    definition_.move_to(page_);
    if (by_dictionary_) {
      append_indices();
    } else {
      for (const auto& values : plain_) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
        page_.insert(page_.end(), bytes, bytes + values.size_bytes());
      }
    }
    pages_.add_data(page_, static_cast<int32_t>(count_), by_dictionary_);
    plain_.clear();
    index_count_ = count_ = 0;
  }

 private:
  void add_steps_as_values(std::span<const uint16_t> found) {
    if (plain_.empty()) converted_.clear();  // nothing of the page points there any more
    std::vector<float>& values = converted_.emplace_back();
    values.reserve(found.size());
    for (const uint16_t step : found) values.push_back(dictionary_.values()[dictionary_.place_of(step)]);
    add_values(values, /*is_first=*/true, /*are_null=*/false);
  }
  void use_dictionary(bool is_used) {
    if (is_used != by_dictionary_ && count_ > 0) finish();
    by_dictionary_ = is_used;
  }
  /// The levels of `count` values that were put into the page.
  void note(size_t count, bool is_first, bool are_null) {
    const auto length = static_cast<int64_t>(count);
    if (is_first) repetition_.add(0, 1);
    repetition_.add(1, is_first ? length - 1 : length);
    definition_.add(are_null ? static_cast<uint8_t>(full_ - 1) : full_, length);
    count_ += count;
    if (count_ == page_values) finish();
  }
  void append_indices() {
    const int bits = dictionary_.index_bits();
    page_.push_back(static_cast<uint8_t>(bits));
    std::fill_n(indices_.begin() + static_cast<std::ptrdiff_t>(index_count_), 8, uint16_t{0});
    for (size_t begin = 0; begin < index_count_; begin += run_values) {
      const size_t groups = (std::min(run_values, index_count_ - begin) + 7) / 8;
      append_varint(page_, groups << 1 | 1);
      append_packed(std::span(indices_).subspan(begin, groups * 8), bits, page_);
    }
  }

  const uint8_t full_;
  const uint8_t empty_;
  const StepDictionary& dictionary_;
  ColumnPages& pages_;
  bool by_dictionary_;
  bool plain_began_ = false;
  LevelRuns repetition_;
  LevelRuns definition_;
  size_t count_ = 0;  ///< levels of the page
  std::vector<uint16_t> indices_;
  size_t index_count_ = 0;
  std::vector<std::span<const float>> plain_;
  std::vector<std::vector<float>> converted_;  ///< values of steps that `plain_` points to
  std::vector<uint8_t> page_;
};

/// The 16-bit steps of a row's values; null where they are others.
std::unique_ptr<uint16_t[]> steps_of(std::span<const float> values, StepDictionary& dictionary) {
  std::array<uint16_t, block_values> beginning;
  if (!find_steps(values.data(), std::min(block_values, values.size()), beginning.data())) return nullptr;
  auto found = std::make_unique_for_overwrite<uint16_t[]>(values.size());
  for (size_t begin = 0; begin < values.size(); begin += block_values) {
    const size_t count = std::min(block_values, values.size() - begin);
    if (!find_steps(values.data() + begin, count, found.get() + begin)) return nullptr;
  }
  dictionary.meet({found.get(), values.size()});
  return found;
}

/// Whether all values of a row that lies in a file are 16-bit steps, which the dictionary then has met. They are looked for again when they
/// are written: to keep them would take as much memory as the row is to spare.
bool meet_steps(std::span<const float> values, const scratch::Spool<float>& spool, StepDictionary& dictionary) {
  std::vector<uint16_t> found(spool_block_values);
  const auto each_block = [&](const auto& use) {
    for (size_t begin = 0; begin < values.size(); begin += spool_block_values) {
      const auto block = values.subspan(begin, std::min(spool_block_values, values.size() - begin));
      const bool are_steps = find_steps(block.data(), block.size(), found.data());
      if (begin % passed_values == 0) spool.let_go();
      if (!are_steps) return false;
      use(std::span<const uint16_t>(found).first(block.size()));
    }
    return true;
  };
  // Twice: a row that turns out to be none must leave nothing in the dictionary.
  if (!each_block([](std::span<const uint16_t>) {})) return false;
  return each_block([&](std::span<const uint16_t> block) { dictionary.meet(block); });
}

/// One list of an array, and which of its values are null.
struct List {
  std::span<const float> values;
  bool is_null = false;
  const uint8_t* valid = nullptr;  ///< null where all are
  int64_t valid_offset = 0;

  /// Calls `use(values, is_first, are_null)` for each stretch of values that are there and that are null.
  template <typename Use>
  void each_stretch(const Use& use) const {
    if (valid == nullptr) {
      use(values, true, false);
      return;
    }
    for (size_t begin = 0; begin < values.size();) {
      const bool is_there = bit(begin);
      size_t end = begin + 1;
      while (end < values.size() && bit(end) == is_there) ++end;
      use(values.subspan(begin, end - begin), begin == 0, !is_there);
      begin = end;
    }
  }
  bool bit(size_t i) const { return arrow::bit_util::GetBit(valid, valid_offset + static_cast<int64_t>(i)); }
};

List list_at(const arrow::ArrayData& lists, int64_t row) {
  List list;
  list.is_null = lists.MayHaveNulls() && !arrow::bit_util::GetBit(lists.GetValues<uint8_t>(0, 0), lists.offset + row);
  if (list.is_null) return list;
  const auto* offsets = lists.GetValues<int32_t>(1);
  const arrow::ArrayData& values = *lists.child_data[0];
  const auto count = static_cast<size_t>(offsets[row + 1] - offsets[row]);
  if (count == 0) return list;
  list.values = {values.GetValues<float>(1) + offsets[row], count};
  if (values.MayHaveNulls() && values.GetNullCount() > 0) {
    list.valid = values.GetValues<uint8_t>(0, 0);
    list.valid_offset = values.offset + offsets[row];
  }
  return list;
}

}  // namespace

namespace {

/// A row of steps that lies in a file.
void write_from_file(std::span<const float> values, const scratch::Spool<float>& spool, ListPages& writer) {
  std::vector<uint16_t> found(passed_values);
  for (bool is_first = true; !values.empty(); is_first = false) {
    const auto block = values.first(std::min(values.size(), passed_values));
    if (writer.plain_began()) {
      writer.add_values(block, is_first, /*are_null=*/false);
    } else {
      find_steps(block.data(), block.size(), found.data());
      writer.add_steps(std::span<const uint16_t>(found).first(block.size()), is_first);
    }
    spool.let_go();
    values = values.subspan(block.size());
  }
}

}  // namespace

struct FloatLists::Rows {
  struct Row {
    List list;  ///< without values where there are steps in `found`
    size_t step_count = 0;
    std::unique_ptr<uint16_t[]> found;
    const scratch::Spool<float>* spool = nullptr;  ///< where the values of a long row lie in a file
    bool are_steps = false;                        ///< of a row in a file
    bool is_by_dictionary() const { return found != nullptr || are_steps; }
    bool has_values() const { return found != nullptr || !list.values.empty(); }
  };
  std::vector<Row> rows;
  std::vector<std::shared_ptr<const arrow::ArrayData>> arrays;  ///< that rows point into
  StepDictionary dictionary;
};

FloatLists::FloatLists() : rows_(std::make_unique<Rows>()) {}
FloatLists::~FloatLists() = default;

void FloatLists::append(std::shared_ptr<const arrow::ArrayData> lists, int64_t offset, int64_t length) {
  bool is_needed = false;
  const scratch::Spool<float>* spool = SpoolBuffer::of(lists->child_data[0]->buffers[1]);
  for (int64_t row = offset; row < offset + length; ++row) {
    Rows::Row& added = rows_->rows.emplace_back();
    added.list = list_at(*lists, row);
    if (added.list.values.empty()) continue;
    if (spool != nullptr && static_cast<int64_t>(added.list.values.size()) >= spool_row_values) {
      added.spool = spool;
      added.are_steps = added.list.valid == nullptr && meet_steps(added.list.values, *spool, rows_->dictionary);
      is_needed = true;
      continue;
    }
    if (added.list.valid == nullptr) added.found = steps_of(added.list.values, rows_->dictionary);
    if (added.found != nullptr) {
      added.step_count = added.list.values.size();
      added.list.values = {};
    } else {
      is_needed = true;
    }
  }
  if (is_needed) rows_->arrays.push_back(std::move(lists));
}

void FloatLists::write(const parquet::ColumnDescriptor& descriptor, bool lists_nullable, ColumnPages& pages) {
  rows_->dictionary.finish();
  const auto first = std::find_if(rows_->rows.begin(), rows_->rows.end(), [](const Rows::Row& row) { return row.has_values(); });
  const bool by_dictionary = first != rows_->rows.end() && first->is_by_dictionary();
  if (by_dictionary) pages.add_dictionary(rows_->dictionary.values());
  ListPages writer(descriptor, lists_nullable, rows_->dictionary, by_dictionary, pages);
  for (Rows::Row& row : rows_->rows) {
    if (row.spool != nullptr && row.are_steps) {
      write_from_file(row.list.values, *row.spool, writer);
    } else if (row.found != nullptr) {
      writer.add_steps({row.found.get(), row.step_count});
      row.found.reset();
    } else if (row.list.values.empty()) {
      writer.add_without_values(row.list.is_null);
    } else {
      row.list.each_stretch([&](std::span<const float> values, bool is_first, bool are_null) {
        for (; !values.empty(); is_first = false) {
          const auto block = values.first(std::min(values.size(), passed_values));
          writer.add_values(block, is_first, are_null);
          if (row.spool != nullptr) row.spool->let_go();
          values = values.subspan(block.size());
        }
      });
    }
  }
  writer.finish();
}

void FloatLists::clear() {
  *rows_ = Rows();
}

}  // namespace voxlake::lake
