#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/storage.h"

namespace voxlake::lake {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::vector<std::string> paths(const std::vector<FileInfo>& files) {
  std::vector<std::string> result;
  for (const FileInfo& file : files) result.push_back(file.path);
  return result;
}

/// A kind of store for the conformance suite: opens a new, empty lake, which is gone when the last pointer to it is.
struct StoreKind {
  std::string name;
  std::function<std::shared_ptr<Storage>()> open;
};

inline void PrintTo(const StoreKind& kind, std::ostream* output) {
  *output << kind.name;
}

/// The conformance suite of the storage seam, storage_conformance_test.cc: what every store must do. Instantiated where there are stores.
class StorageConformance : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    storage_ = GetParam().open();
    ASSERT_NE(storage_, nullptr);
  }
  std::shared_ptr<Storage> storage_;
};

/// The part of it that takes seconds: instantiated once for each way that the bytes go.
class LargeFileConformance : public StorageConformance {};

}  // namespace voxlake::lake
