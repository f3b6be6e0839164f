#include "tests/store/failing_disk.hpp"

#include <sqlite3.h>

#include <cstring>
#include <new>

#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

struct File {
  sqlite3_file base;
  std::string* path;
  sqlite3_file* real;
};

sqlite3_vfs* real_vfs() { return sqlite3_vfs_find("unix"); }
File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

int asked(DiskCall call, const std::string& path) {
  const FailingDisk& disk = FailingDisk::instance();
  return disk.before ? disk.before(call, path) : SQLITE_OK;
}

int close(sqlite3_file* file) {
  File& ours = file_of(file);
  const int code = ours.real->pMethods->xClose(ours.real);
  delete ours.path;
  return code;
}
int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  return file_of(file).real->pMethods->xRead(file_of(file).real, to, size, at);
}
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  File& ours = file_of(file);
  if (const int code = asked(DiskCall::write, *ours.path); code != SQLITE_OK) return code;
  FailingDisk::instance().pending[*ours.path].push_back(
      {.offset = at, .bytes = std::string(static_cast<const char*>(from), static_cast<std::size_t>(size))});
  return ours.real->pMethods->xWrite(ours.real, from, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& ours = file_of(file);
  if (const int code = asked(DiskCall::truncate, *ours.path); code != SQLITE_OK) return code;
  FailingDisk::instance().pending[*ours.path].push_back({.offset = size, .bytes = {}, .truncates = true});
  return ours.real->pMethods->xTruncate(ours.real, size);
}
int sync(sqlite3_file* file, int flags) {
  File& ours = file_of(file);
  if (const int code = asked(DiskCall::sync, *ours.path); code != SQLITE_OK) return code;
  // The first sync of a new rollback journal syncs its directory too: the unix VFS does that inside.
  const int code = ours.real->pMethods->xSync(ours.real, flags);
  FailingDisk::instance().durable[*ours.path] = slurp(*ours.path);
  FailingDisk::instance().pending[*ours.path].clear();
  return code;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return file_of(file).real->pMethods->xFileSize(file_of(file).real, size);
}
int lock(sqlite3_file* file, int level) { return file_of(file).real->pMethods->xLock(file_of(file).real, level); }
int unlock(sqlite3_file* file, int level) { return file_of(file).real->pMethods->xUnlock(file_of(file).real, level); }
int check_lock(sqlite3_file* file, int* out) {
  return file_of(file).real->pMethods->xCheckReservedLock(file_of(file).real, out);
}
int control(sqlite3_file* file, int op, void* argument) {
  return file_of(file).real->pMethods->xFileControl(file_of(file).real, op, argument);
}
int sector_size(sqlite3_file* file) { return file_of(file).real->pMethods->xSectorSize(file_of(file).real); }
int device(sqlite3_file* file) { return file_of(file).real->pMethods->xDeviceCharacteristics(file_of(file).real); }

const sqlite3_io_methods methods = {1,       close,   read,       write,   truncate,    sync,   file_size,
                                    lock,    unlock,  check_lock, control, sector_size, device, nullptr,
                                    nullptr, nullptr, nullptr,    nullptr, nullptr};

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out) {
  auto* ours = reinterpret_cast<File*>(file);
  ours->base.pMethods = nullptr;
  ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
  const std::string name = path != nullptr ? path : "(temporary)";
  const bool creates = (flags & SQLITE_OPEN_CREATE) != 0 && !std::filesystem::exists(name);
  if (creates) {
    if (const int code = asked(DiskCall::create, name); code != SQLITE_OK) return code;
  }
  const int code = real_vfs()->xOpen(real_vfs(), path, ours->real, flags, out);
  if (code != SQLITE_OK) return code;
  ours->path = new std::string(name);
  ours->base.pMethods = &methods;
  FailingDisk& disk = FailingDisk::instance();
  // What stands there before the first write is taken as safe.
  // A new file shares nothing with one of its name that an unsynced unlink may bring back.
  if (creates) disk.pending[name] = {{.offset = 0, .bytes = {}, .truncates = true}};
  if (!creates && disk.durable.count(name) == 0 && path != nullptr) disk.durable[name] = slurp(name);
  return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* path, int sync_directory) {
  if (const int code = asked(DiskCall::remove, path); code != SQLITE_OK) return code;
  const int code = real_vfs()->xDelete(real_vfs(), path, sync_directory);
  FailingDisk& disk = FailingDisk::instance();
  // Not synced: a power cut brings the file back as it was.
  if (sync_directory != 0) disk.durable.erase(path);
  disk.pending.erase(path);
  return code;
}

sqlite3_vfs* make_vfs() {
  static sqlite3_vfs vfs = *real_vfs();
  vfs.zName = FailingDisk::name;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs()->szOsFile;
  vfs.pNext = nullptr;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  return &vfs;
}

void apply(std::string& content, const FailingDisk::Write& write) {
  const auto at = static_cast<std::size_t>(write.offset);
  if (write.truncates) {
    content.resize(at);
    return;
  }
  if (content.size() < at + write.bytes.size()) content.resize(at + write.bytes.size());
  content.replace(at, write.bytes.size(), write.bytes);
}

}  // namespace

FailingDisk& FailingDisk::instance() {
  static FailingDisk disk;
  static const int registered = sqlite3_vfs_register(make_vfs(), 0);
  static_cast<void>(registered);
  return disk;
}

void FailingDisk::reset() {
  before = {};
  durable.clear();
  pending.clear();
}

FailingDisk::Image FailingDisk::after_power_cut(const std::function<bool()>& survives) const {
  Image image = durable;
  for (const auto& [path, writes] : pending) {
    for (const Write& write : writes) {
      if (survives()) apply(image[path], write);
    }
  }
  return image;
}

}  // namespace store::test
