#pragma once

// For tests only: archives made in memory.

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace voxlake::corpus {

using Bytes = std::vector<std::byte>;

struct Item {
  std::string path;
  std::string content;
  unsigned type = AE_IFREG;
  std::string link = {};
};

enum class Kind { plain_tar, tgz, zip };

/// An archive made by libarchive's writer.
inline Bytes pack(const std::vector<Item>& items, Kind kind = Kind::tgz) {
  size_t capacity = 1 << 20;
  for (const Item& item : items) capacity += item.content.size() + 8192;
  Bytes packed(capacity);
  archive* writer = archive_write_new();
  if (kind == Kind::zip) {
    archive_write_set_format_zip(writer);
  } else {
    archive_write_set_format_pax_restricted(writer);
    if (kind == Kind::tgz) archive_write_add_filter_gzip(writer);
    archive_write_set_options(writer, kind == Kind::tgz ? "gzip:!timestamp" : nullptr);
  }
  archive_write_set_bytes_in_last_block(writer, 1);
  size_t used = 0;
  EXPECT_EQ(archive_write_open_memory(writer, packed.data(), packed.size(), &used), ARCHIVE_OK);
  for (const Item& item : items) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, item.path.c_str());
    archive_entry_set_filetype(entry, item.type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(item.content.size()));
    if (item.type == AE_IFLNK) archive_entry_set_symlink(entry, item.link.c_str());
    if (item.type == AE_IFREG && !item.link.empty()) archive_entry_set_hardlink(entry, item.link.c_str());
    EXPECT_GE(archive_write_header(writer, entry), ARCHIVE_WARN) << archive_error_string(writer);
    EXPECT_EQ(archive_write_data(writer, item.content.data(), item.content.size()), static_cast<la_ssize_t>(item.content.size()));
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK);
  archive_write_free(writer);
  packed.resize(used);
  return packed;
}

inline Bytes bytes_of(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

inline Bytes gzip(const Bytes& content) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Bytes packed(deflateBound(&stream, content.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace voxlake::corpus
