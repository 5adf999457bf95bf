#include "embedded-broker/base/disk.h"

#include <fmt/format.h>

namespace broker {

Result<void> File::writeAt(std::uint64_t position, Bytes bytes) {
    // The slice does not own the bytes; they outlive the call.
    const Slice piece({}, bytes);
    return writeAt(position, std::span<const Slice>(&piece, 1));
}

Result<std::string> readWholeFile(Disk& disk, const std::string& path, std::uint64_t sizeMax) {
    auto file = disk.open(path, OpenMode::Read);
    if (!file)
        return std::unexpected(file.error());
    const auto size = (*file)->size();
    if (!size)
        return std::unexpected(size.error());
    if (*size > sizeMax)
        return fail(ErrorCode::OutOfRange, fmt::format("{} has {} bytes; at most {} are expected", path, *size, sizeMax));
    std::string content(*size, '\0');
    const auto read = (*file)->readAt(0, std::as_writable_bytes(std::span(content.data(), content.size())));
    if (!read)
        return std::unexpected(read.error());
    content.resize(*read);
    return content;
}

Result<void> writeFileAtomically(Disk& disk, const std::string& path, std::string_view content) {
    const std::string temporary = path + ".tmp";
    {
        auto file = disk.open(temporary, OpenMode::Truncate);
        if (!file)
            return std::unexpected(file.error());
        if (auto written = (*file)->writeAt(0, asBytes(content)); !written)
            return written;
        if (auto synced = (*file)->sync(); !synced)
            return synced;
    }
    if (auto renamed = disk.rename(temporary, path); !renamed)
        return renamed;
    return disk.syncDirectory(path.substr(0, path.rfind('/')));
}

} // namespace broker
