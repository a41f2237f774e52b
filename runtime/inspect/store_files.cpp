#include "troupe/store_files.h"

#include "base/clock.h"
#include "store/backup/backup.h"
#include "store/backup/rewrite.h"

namespace troupe {
namespace {

BackupFigures figures_of(const store::BackupPage& page) {
  return {page.cluster, page.node, page.taken_ms, page.records, page.bytes, page.encrypted};
}

Result<RewriteFigures> rewritten(const std::filesystem::path& data_dir, const EncryptionKeys& keys,
                                 store::Sealing sealing, const FileProgress& progress) {
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto done = store::rewrite({data_dir, std::move(ring).value(), sealing, progress});
  if (!done.ok()) return done.error();
  return RewriteFigures{done->copy.records, done->bytes_before, done->copy.file_bytes, done->copy.encrypted};
}

}  // namespace

Result<BackupFigures> back_up_store(const std::filesystem::path& data_dir, const std::filesystem::path& destination,
                                    const EncryptionKeys& keys, const FileProgress& progress) {
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto store = store::Store::open_read_only({.directory = data_dir, .keys = std::move(ring).value()});
  if (!store.ok()) return store.error();
  auto page = store::back_up(**store, destination, system_clock().wall_ms(), progress);
  if (!page.ok()) return page.error();
  return figures_of(*page);
}

Result<BackupFigures> restore_store(const std::filesystem::path& backup, const std::filesystem::path& data_dir,
                                    const EncryptionKeys& keys, const FileProgress& progress) {
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto page = store::restore(backup, data_dir, std::move(ring).value(), progress);
  if (!page.ok()) return page.error();
  return figures_of(*page);
}

Result<RewriteFigures> compact_store(const std::filesystem::path& data_dir, const EncryptionKeys& keys,
                                     const FileProgress& progress) {
  return rewritten(data_dir, keys, store::Sealing::as_it_is, progress);
}

Result<RewriteFigures> rotate_store(const std::filesystem::path& data_dir, const EncryptionKeys& keys, bool to_plain,
                                    const FileProgress& progress) {
  return rewritten(data_dir, keys, to_plain ? store::Sealing::opened : store::Sealing::sealed_anew, progress);
}

}  // namespace troupe
