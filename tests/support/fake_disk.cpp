#include "tests/support/fake_disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tests {

using broker::DirectoryEntry;
using broker::Error;
using broker::ErrorCode;
using broker::fail;
using broker::OpenMode;
using broker::Result;
using broker::Slice;

namespace {
constexpr std::size_t kSectorBytes = 512;
constexpr std::uint64_t kDiskBytes = 1ULL << 40;
} // namespace

class FakeFile final : public broker::File {
public:
    FakeFile(FakeDisk& disk, std::shared_ptr<FakeDisk::Node> node, std::string path)
        : m_disk(disk), m_node(std::move(node)), m_path(std::move(path)), m_generation(disk.m_generation) {}

    Result<std::size_t> readAt(std::uint64_t position, std::span<std::byte> into) override {
        const std::lock_guard lock(m_disk.m_mutex);
        if (auto alive = check(); !alive)
            return std::unexpected(alive.error());
        if (position >= m_node->now.size())
            return 0;
        const auto length = std::min<std::size_t>(into.size(), m_node->now.size() - position);
        std::memcpy(into.data(), m_node->now.data() + position, length);
        return length;
    }
    Result<void> writeAt(std::uint64_t position, std::span<const Slice> pieces) override {
        if (m_disk.m_onWrite)
            m_disk.m_onWrite(m_path, pieces);
        const std::lock_guard lock(m_disk.m_mutex);
        if (auto alive = checkStep(); !alive)
            return alive;
        std::uint64_t length = 0;
        for (const auto& piece : pieces)
            length += piece.size();
        if (length == 0)
            return {};
        if (m_disk.m_full && position + length > m_node->now.size())
            return fail(ErrorCode::NoSpace, "write " + m_path + ": no space left");
        if (position + length > m_node->now.size())
            m_node->now.resize(position + length);
        for (const auto& piece : pieces) {
            std::ranges::copy(piece.bytes(), m_node->now.begin() + static_cast<std::ptrdiff_t>(position));
            position += piece.size();
        }
        return {};
    }
    Result<void> sync() override {
        const std::lock_guard lock(m_disk.m_mutex);
        if (auto alive = checkStep(); !alive)
            return alive;
        ++m_disk.m_syncs;
        if (std::exchange(m_disk.m_failSync, false))
            return fail(ErrorCode::IoError, "fdatasync " + m_path + ": input/output error");
        m_node->synced = m_node->now;
        return {};
    }
    Result<void> truncate(std::uint64_t size) override {
        const std::lock_guard lock(m_disk.m_mutex);
        if (auto alive = checkStep(); !alive)
            return alive;
        m_node->now.resize(size);
        return {};
    }
    Result<void> preallocate(std::uint64_t) override {
        const std::lock_guard lock(m_disk.m_mutex);
        return check();
    }
    Result<std::uint64_t> size() override {
        const std::lock_guard lock(m_disk.m_mutex);
        if (auto alive = check(); !alive)
            return std::unexpected(alive.error());
        return m_node->now.size();
    }
    [[nodiscard]] const std::string& path() const override { return m_path; }

private:
    Result<void> check() const {
        if (m_disk.m_off || m_generation != m_disk.m_generation)
            return fail(ErrorCode::IoError, m_path + ": the power is off");
        return {};
    }
    Result<void> checkStep() {
        if (auto alive = check(); !alive)
            return alive;
        return m_disk.step();
    }
    FakeDisk& m_disk;
    std::shared_ptr<FakeDisk::Node> m_node;
    std::string m_path;
    std::uint64_t m_generation;
};

class FakeLock final : public broker::DiskLock {
public:
    FakeLock(FakeDisk& disk, std::string path) : m_disk(disk), m_path(std::move(path)), m_generation(disk.m_generation) {}
    FakeLock(const FakeLock&) = delete;
    FakeLock& operator=(const FakeLock&) = delete;
    ~FakeLock() override {
        const std::lock_guard lock(m_disk.m_mutex);
        if (m_generation == m_disk.m_generation)
            m_disk.m_locks.erase(m_path);
    }

private:
    FakeDisk& m_disk;
    std::string m_path;
    std::uint64_t m_generation;
};

FakeDisk::FakeDisk() {
    m_now.directories.insert("/");
    m_durable = m_now;
}

std::string FakeDisk::parent(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> FakeDisk::step() {
    if (m_off)
        return fail(ErrorCode::IoError, "the power is off");
    ++m_steps;
    if (m_stepsLeft && (*m_stepsLeft)-- == 0) {
        m_off = true;
        m_stepsLeft.reset();
        return fail(ErrorCode::IoError, "the power went off");
    }
    return {};
}

void FakeDisk::apply(Tree& tree, const Change& change) {
    const auto moveTree = [&](bool keep) {
        const auto prefix = change.path + "/";
        const auto inside = [&](const std::string& path) { return path == change.path || path.starts_with(prefix); };
        std::vector<std::pair<std::string, std::shared_ptr<Node>>> files;
        std::vector<std::string> directories;
        for (const auto& [path, node] : tree.files) {
            if (inside(path))
                files.emplace_back(path, node);
        }
        for (const auto& path : tree.directories) {
            if (inside(path))
                directories.push_back(path);
        }
        for (const auto& [path, node] : files) {
            tree.files.erase(path);
            if (keep)
                tree.files[change.to + path.substr(change.path.size())] = node;
        }
        for (const auto& path : directories) {
            tree.directories.erase(path);
            if (keep)
                tree.directories.insert(change.to + path.substr(change.path.size()));
        }
    };
    switch (change.kind) {
    case Change::Kind::MakeFile: tree.files[change.path] = change.node; break;
    case Change::Kind::MakeDirectory: tree.directories.insert(change.path); break;
    case Change::Kind::Rename: moveTree(true); break;
    case Change::Kind::Remove: moveTree(false); break;
    }
}

void FakeDisk::change(Change change) {
    apply(m_now, change);
    m_changes.push_back(std::move(change));
}

void FakeDisk::powerOn(broker::Random& random) {
    const std::lock_guard lock(m_mutex);
    std::map<std::string, std::size_t> kept; // directory -> how many of its changes survive
    std::map<std::string, std::size_t> counts;
    for (const auto& each : m_changes)
        ++counts[each.directory];
    for (const auto& [directory, count] : counts)
        kept[directory] = random.below(count + 1);
    for (const auto& each : m_changes) {
        auto& left = kept[each.directory];
        if (left == 0)
            continue;
        --left;
        apply(m_durable, each);
    }
    m_changes.clear();
    std::erase_if(m_durable.files, [&](const auto& item) { return !m_durable.directories.contains(parent(item.first)); });
    std::set<Node*> seen;
    for (const auto& [path, node] : m_durable.files) {
        if (!seen.insert(node.get()).second)
            continue;
        switch (random.below(4)) {
        case 0: node->now = node->synced; break;
        case 1: break; // all of it reached the disk
        default: {
            // The size may be the new one while sectors are still the old ones, or zero.
            const auto size = random.below(2) == 0 ? node->now.size() : node->synced.size();
            std::vector<std::byte> mixed(size);
            for (std::size_t at = 0; at < size; at += kSectorBytes) {
                const auto& from = random.below(2) == 0 ? node->now : node->synced;
                for (std::size_t i = at; i < std::min(at + kSectorBytes, size); ++i)
                    mixed[i] = i < from.size() ? from[i] : std::byte{0};
            }
            node->now = std::move(mixed);
        }
        }
        node->synced = node->now;
    }
    m_now = m_durable;
    m_locks.clear();
    ++m_generation;
    m_off = false;
    m_stepsLeft.reset();
    m_failSync = false;
}

void FakeDisk::killed() {
    const std::lock_guard lock(m_mutex);
    m_locks.clear();
    ++m_generation;
    m_off = false;
    m_stepsLeft.reset();
    m_failSync = false;
}

std::vector<std::string> FakeDisk::files() const {
    const std::lock_guard lock(m_mutex);
    std::vector<std::string> all;
    for (const auto& [path, node] : m_now.files)
        all.push_back(path);
    return all;
}

std::optional<std::string> FakeDisk::content(const std::string& path) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_now.files.find(path);
    if (found == m_now.files.end())
        return std::nullopt;
    return std::string(broker::asText(found->second->now));
}

void FakeDisk::setContent(const std::string& path, std::string_view content) {
    const std::lock_guard lock(m_mutex);
    auto& node = m_now.files[path];
    if (!node)
        node = std::make_shared<Node>();
    const auto bytes = broker::asBytes(content);
    node->now.assign(bytes.begin(), bytes.end());
    node->synced = node->now;
    m_durable.files[path] = node;
}

Result<std::shared_ptr<broker::File>> FakeDisk::open(const std::string& path, OpenMode mode) {
    const std::lock_guard lock(m_mutex);
    if (m_off)
        return fail(ErrorCode::IoError, "open " + path + ": the power is off");
    auto found = m_now.files.find(path);
    if (found == m_now.files.end()) {
        if (mode == OpenMode::Read || mode == OpenMode::ReadWrite || !m_now.directories.contains(parent(path)))
            return fail(ErrorCode::NotFound, "open " + path + ": no such file or directory");
        if (auto done = step(); !done)
            return std::unexpected(done.error());
        change({Change::Kind::MakeFile, parent(path), path, {}, std::make_shared<Node>()});
        found = m_now.files.find(path);
    } else if (mode == OpenMode::CreateNew) {
        return fail(ErrorCode::AlreadyExists, "open " + path + ": file exists");
    } else if (mode == OpenMode::Truncate) {
        if (auto done = step(); !done)
            return std::unexpected(done.error());
        found->second->now.clear();
    }
    return std::make_shared<FakeFile>(*this, found->second, path);
}

Result<std::vector<DirectoryEntry>> FakeDisk::list(const std::string& path) {
    const std::lock_guard lock(m_mutex);
    if (m_off || !m_now.directories.contains(path))
        return fail(ErrorCode::NotFound, "list " + path + ": no such file or directory");
    std::vector<DirectoryEntry> entries;
    for (const auto& [each, node] : m_now.files) {
        if (parent(each) == path)
            entries.push_back({each.substr(each.rfind('/') + 1), false});
    }
    for (const auto& each : m_now.directories) {
        if (each != "/" && parent(each) == path)
            entries.push_back({each.substr(each.rfind('/') + 1), true});
    }
    std::ranges::sort(entries, {}, &DirectoryEntry::name);
    return entries;
}

Result<void> FakeDisk::createDirectories(const std::string& path) {
    const std::lock_guard lock(m_mutex);
    if (m_now.directories.contains(path))
        return {};
    if (auto made = createDirectories(parent(path)); !made)
        return made;
    if (auto done = step(); !done)
        return done;
    change({Change::Kind::MakeDirectory, parent(path), path, {}, {}});
    return {};
}

Result<void> FakeDisk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(m_mutex);
    if (auto done = step(); !done)
        return done;
    if (!m_now.files.contains(from) && !m_now.directories.contains(from))
        return fail(ErrorCode::NotFound, "rename " + from + ": no such file or directory");
    change({Change::Kind::Rename, parent(from), from, to, {}});
    // What waits for a sync inside a directory moves along with it.
    const auto moved = [&](std::string& path) {
        if (path == from || path.starts_with(from + "/"))
            path = to + path.substr(from.size());
    };
    for (auto each = m_changes.begin(); each != std::prev(m_changes.end()); ++each) {
        if (each->directory != from && !each->directory.starts_with(from + "/"))
            continue;
        moved(each->directory);
        moved(each->path);
        moved(each->to);
    }
    return {};
}

Result<void> FakeDisk::remove(const std::string& path) {
    const std::lock_guard lock(m_mutex);
    if (auto done = step(); !done)
        return done;
    if (!m_now.files.contains(path))
        return fail(ErrorCode::NotFound, "remove " + path + ": no such file or directory");
    change({Change::Kind::Remove, parent(path), path, {}, {}});
    return {};
}

Result<void> FakeDisk::removeTree(const std::string& path) {
    const std::lock_guard lock(m_mutex);
    if (auto done = step(); !done)
        return done;
    if (m_now.files.contains(path) || m_now.directories.contains(path))
        change({Change::Kind::Remove, parent(path), path, {}, {}});
    return {};
}

Result<void> FakeDisk::syncDirectory(const std::string& path) {
    const std::lock_guard lock(m_mutex);
    if (auto done = step(); !done)
        return done;
    ++m_syncs;
    std::erase_if(m_changes, [&](const auto& each) {
        if (each.directory != path)
            return false;
        apply(m_durable, each);
        return true;
    });
    return {};
}

bool FakeDisk::exists(const std::string& path) {
    const std::lock_guard lock(m_mutex);
    return m_now.files.contains(path) || m_now.directories.contains(path);
}

Result<std::uint64_t> FakeDisk::freeBytes(const std::string&) { return m_full ? 0 : kDiskBytes / 2; }
Result<std::uint64_t> FakeDisk::totalBytes(const std::string&) { return kDiskBytes; }

Result<std::unique_ptr<broker::DiskLock>> FakeDisk::lock(const std::string& path) {
    const std::lock_guard lock(m_mutex);
    if (!m_locks.insert(path).second)
        return fail(ErrorCode::Busy, path + " is held by another process: stop the other engine first");
    return std::make_unique<FakeLock>(*this, path);
}

} // namespace tests
