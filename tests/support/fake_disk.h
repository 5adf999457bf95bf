#pragma once
// A disk in memory that forgets what was not synced. Every call that changes something is a step; after powerOffAfter(n) steps all
// calls fail, as they do for a process that is about to be dead. powerOn() then shows what a real disk could have kept: of each
// file's unsynced sectors any subset, of each directory's unsynced entries any prefix.
//
//   FakeDisk disk;
//   disk.powerOffAfter(17);
//   ... run the code under test on it ...
//   disk.powerOn(random);
//   ... open again and compare ...

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/random.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tests {

class FakeDisk final : public broker::Disk {
public:
    struct Node {
        std::vector<std::byte> now;
        std::vector<std::byte> synced;
    };

    FakeDisk();

    // --- faults
    void powerOffAfter(std::uint64_t steps) { m_stepsLeft = steps; }
    /// Loses what was not synced, by `random`'s choice, and lets calls succeed again. Open files of before are dead.
    void powerOn(broker::Random& random);
    /// The process died, the machine did not: nothing is lost, and still nothing more is synced. Open files of before are dead.
    void killed();
    [[nodiscard]] bool poweredOff() const { return m_off; }
    [[nodiscard]] std::uint64_t steps() const { return m_steps; }
    /// Writes that grow a file fail with NoSpace while set.
    void setFull(bool full) { m_full = full; }
    void failNextSync() { m_failSync = true; }
    /// Called before each write, by who writes and without a lock: the moment at which other threads may come in between.
    void onWrite(std::function<void(const std::string& path, std::span<const broker::Slice> pieces)> hook) { m_onWrite = std::move(hook); }

    // --- to look at
    [[nodiscard]] std::vector<std::string> files() const;
    [[nodiscard]] std::optional<std::string> content(const std::string& path) const;
    void setContent(const std::string& path, std::string_view content); ///< synced
    [[nodiscard]] std::uint64_t syncs() const { return m_syncs; }

    broker::Result<std::shared_ptr<broker::File>> open(const std::string& path, broker::OpenMode mode) override;
    broker::Result<std::vector<broker::DirectoryEntry>> list(const std::string& path) override;
    broker::Result<void> createDirectories(const std::string& path) override;
    broker::Result<void> rename(const std::string& from, const std::string& to) override;
    broker::Result<void> remove(const std::string& path) override;
    broker::Result<void> removeTree(const std::string& path) override;
    broker::Result<void> syncDirectory(const std::string& path) override;
    bool exists(const std::string& path) override;
    broker::Result<std::uint64_t> freeBytes(const std::string& path) override;
    broker::Result<std::uint64_t> totalBytes(const std::string& path) override;
    broker::Result<std::unique_ptr<broker::DiskLock>> lock(const std::string& path) override;

private:
    friend class FakeFile;
    friend class FakeLock;
    struct Tree {
        std::map<std::string, std::shared_ptr<Node>> files;
        std::set<std::string> directories;
    };
    struct Change {
        enum class Kind : std::uint8_t { MakeFile, MakeDirectory, Rename, Remove } kind = Kind::MakeFile;
        std::string directory; ///< whose sync makes it durable
        std::string path;
        std::string to;
        std::shared_ptr<Node> node;
    };
    broker::Result<void> step();
    void change(Change change);
    static void apply(Tree& tree, const Change& change);
    [[nodiscard]] static std::string parent(const std::string& path);

    mutable std::recursive_mutex m_mutex; ///< guards all below
    Tree m_now;
    Tree m_durable;
    std::vector<Change> m_changes;
    std::set<std::string> m_locks;
    std::uint64_t m_generation = 1;
    std::uint64_t m_steps = 0;
    std::uint64_t m_syncs = 0;
    std::optional<std::uint64_t> m_stepsLeft;
    bool m_off = false;
    bool m_full = false;
    bool m_failSync = false;
    std::function<void(const std::string&, std::span<const broker::Slice>)> m_onWrite;
};

} // namespace tests
