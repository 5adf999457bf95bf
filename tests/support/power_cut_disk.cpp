#include "tests/support/power_cut_disk.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

namespace tests {
namespace {

using broker::File;
using broker::OpenMode;
using broker::Result;
using broker::Slice;

/// What one file has in memory that the disk has not: shared by all handles of it. The mutex guards all members.
struct Overlay {
    std::mutex mutex;
    std::shared_ptr<File> below;
    struct Step {
        bool truncate = false;
        std::uint64_t position = 0; ///< or the new size
        std::vector<std::byte> bytes;
    };
    std::vector<Step> steps;
    std::uint64_t size = 0;
};

class PowerCutFile final : public File {
public:
    PowerCutFile(std::shared_ptr<Overlay> overlay, std::string path) : m_overlay(std::move(overlay)), m_path(std::move(path)) {}

    Result<std::size_t> readAt(std::uint64_t position, std::span<std::byte> into) override {
        const std::lock_guard lock(m_overlay->mutex);
        if (position >= m_overlay->size)
            return 0;
        into = into.first(std::min<std::uint64_t>(into.size(), m_overlay->size - position));
        const auto below = m_overlay->below->readAt(position, into);
        if (!below)
            return below;
        std::ranges::fill(into.subspan(*below), std::byte{0});
        for (const auto& step : m_overlay->steps) {
            if (step.truncate) {
                if (step.position < position + into.size()) {
                    const auto from = step.position > position ? step.position - position : 0;
                    std::ranges::fill(into.subspan(from), std::byte{0});
                }
                continue;
            }
            const auto first = std::max(position, step.position);
            const auto last = std::min(position + into.size(), step.position + step.bytes.size());
            if (first < last)
                std::memcpy(into.data() + (first - position), step.bytes.data() + (first - step.position), last - first);
        }
        return into.size();
    }
    Result<void> writeAt(std::uint64_t position, std::span<const Slice> pieces) override {
        const std::lock_guard lock(m_overlay->mutex);
        Overlay::Step step{false, position, {}};
        for (const auto& piece : pieces)
            step.bytes.insert(step.bytes.end(), piece.bytes().begin(), piece.bytes().end());
        if (step.bytes.empty())
            return {};
        m_overlay->size = std::max(m_overlay->size, position + step.bytes.size());
        m_overlay->steps.push_back(std::move(step));
        return {};
    }
    Result<void> sync() override {
        const std::lock_guard lock(m_overlay->mutex);
        for (const auto& step : m_overlay->steps) {
            auto done = step.truncate ? m_overlay->below->truncate(step.position)
                                      : m_overlay->below->writeAt(step.position, broker::Bytes(step.bytes));
            if (!done)
                return done;
        }
        m_overlay->steps.clear();
        return m_overlay->below->sync();
    }
    Result<void> truncate(std::uint64_t size) override {
        const std::lock_guard lock(m_overlay->mutex);
        m_overlay->steps.push_back({true, size, {}});
        m_overlay->size = size;
        return {};
    }
    Result<void> preallocate(std::uint64_t size) override { return m_overlay->below->preallocate(size); }
    Result<std::uint64_t> size() override {
        const std::lock_guard lock(m_overlay->mutex);
        return m_overlay->size;
    }
    // No descriptor: the kernel does not have the newest bytes.
    [[nodiscard]] const std::string& path() const override { return m_path; }

private:
    std::shared_ptr<Overlay> m_overlay;
    std::string m_path;
};

class PowerCutDisk final : public broker::Disk {
public:
    explicit PowerCutDisk(std::unique_ptr<broker::Disk> below) : m_below(std::move(below)) {}

    Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) override {
        const std::lock_guard lock(m_mutex);
        const auto known = m_files.find(path);
        if (known != m_files.end() && m_below->exists(path)) {
            if (mode == OpenMode::CreateNew)
                return broker::fail(broker::ErrorCode::AlreadyExists, "open " + path + ": file exists");
            auto file = std::make_shared<PowerCutFile>(known->second, path);
            if (mode == OpenMode::Truncate) {
                if (auto cut = file->truncate(0); !cut)
                    return std::unexpected(cut.error());
            }
            return file;
        }
        // Emptying an existing file is a change of content: it waits for the sync like any other.
        const bool empties = mode == OpenMode::Truncate && m_below->exists(path);
        auto below = m_below->open(path, empties ? OpenMode::ReadWrite : mode);
        if (!below)
            return below;
        const auto size = (*below)->size();
        if (!size)
            return std::unexpected(size.error());
        if (mode == OpenMode::Read)
            return below; // nobody has written to it
        auto overlay = std::make_shared<Overlay>();
        overlay->below = std::move(*below);
        overlay->size = *size;
        m_files[path] = overlay;
        auto file = std::make_shared<PowerCutFile>(overlay, path);
        if (empties) {
            if (auto cut = file->truncate(0); !cut)
                return std::unexpected(cut.error());
        }
        return file;
    }
    Result<std::vector<broker::DirectoryEntry>> list(const std::string& path) override { return m_below->list(path); }
    Result<void> createDirectories(const std::string& path) override { return m_below->createDirectories(path); }
    Result<void> rename(const std::string& from, const std::string& to) override {
        const std::lock_guard lock(m_mutex);
        if (auto done = m_below->rename(from, to); !done)
            return done;
        std::map<std::string, std::shared_ptr<Overlay>> moved;
        std::erase_if(m_files, [&](const auto& item) {
            if (item.first == from || item.first.starts_with(from + "/")) {
                moved[to + item.first.substr(from.size())] = item.second;
                return true;
            }
            return item.first == to;
        });
        m_files.merge(moved);
        return {};
    }
    Result<void> remove(const std::string& path) override {
        const std::lock_guard lock(m_mutex);
        m_files.erase(path);
        return m_below->remove(path);
    }
    Result<void> removeTree(const std::string& path) override {
        const std::lock_guard lock(m_mutex);
        std::erase_if(m_files, [&](const auto& item) { return item.first == path || item.first.starts_with(path + "/"); });
        return m_below->removeTree(path);
    }
    Result<void> syncDirectory(const std::string& path) override { return m_below->syncDirectory(path); }
    bool exists(const std::string& path) override { return m_below->exists(path); }
    Result<std::uint64_t> freeBytes(const std::string& path) override { return m_below->freeBytes(path); }
    Result<std::uint64_t> totalBytes(const std::string& path) override { return m_below->totalBytes(path); }
    Result<std::unique_ptr<broker::DiskLock>> lock(const std::string& path) override { return m_below->lock(path); }

private:
    std::unique_ptr<broker::Disk> m_below;
    std::mutex m_mutex; ///< guards m_files
    std::map<std::string, std::shared_ptr<Overlay>> m_files;
};

} // namespace

std::unique_ptr<broker::Disk> makePowerCutDisk(std::unique_ptr<broker::Disk> below) {
    return std::make_unique<PowerCutDisk>(std::move(below));
}

} // namespace tests
