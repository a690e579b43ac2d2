#pragma once

#include <span>

namespace voxlake::lake {

/// Waits until what was written to the files or folders behind `descriptors` is on the disk, as fsync does, but for all of them at once:
/// a file system that keeps a journal then writes it once, where one fsync after the other waits for the disk each time. (The kernel's
/// asynchronous requests would do without threads, but ending them takes tens of milliseconds when the program ends.)
/// Gives 0, or the error number of one that could not be flushed. Folders on file systems that cannot flush folders are not an error.
int flush_to_disk(std::span<const int> descriptors);

}  // namespace voxlake::lake
