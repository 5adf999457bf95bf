#include "embedded-broker/protocol/compression.h"

#include "embedded-broker/protocol/big_endian.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <lz4frame.h>
#include <memory>
#include <new>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

namespace broker::protocol {
namespace {

constexpr std::size_t kFirstOutputBytes = 64 * 1024;
constexpr int kZstdWindowLogMax = 27; // 128 MiB, zstd's own limit for decoders that were not told otherwise

std::unexpected<Error> damaged(std::string_view codec) {
    return fail(ErrorCode::Corrupt, "The " + std::string(codec) + " data of a batch is damaged.");
}

/// An output that grows in steps up to the cap. Streaming decoders ask for room, write, and say how much.
class Output {
public:
    Output(std::vector<std::byte>& bytes, std::size_t cap) : m_bytes(bytes), m_start(bytes.size()), m_cap(cap), m_used(bytes.size()) {}
    ~Output() { m_bytes.resize(m_used); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// Room for at least one byte, or false at the cap.
    bool makeRoom() {
        if (m_used < m_bytes.size())
            return true;
        const std::size_t produced = m_used - m_start;
        if (produced >= m_cap)
            return false;
        m_bytes.resize(m_start + std::min(m_cap, std::max(kFirstOutputBytes, produced * 2)));
        return true;
    }
    /// Exactly `size` bytes more, or false when that is over the cap.
    bool makeRoom(std::size_t size) {
        if (size > m_cap - (m_used - m_start))
            return false;
        m_bytes.resize(m_used + size);
        return true;
    }
    [[nodiscard]] std::byte* at() { return m_bytes.data() + m_used; }
    [[nodiscard]] std::size_t room() const { return m_bytes.size() - m_used; }
    void wrote(std::size_t size) { m_used += size; }
    [[nodiscard]] std::unexpected<Error> full() const {
        return fail(ErrorCode::OutOfRange, "A compressed batch holds more than " + std::to_string(m_cap) + " bytes.");
    }

private:
    std::vector<std::byte>& m_bytes;
    std::size_t m_start;
    std::size_t m_cap;
    std::size_t m_used;
};

// ---- gzip -----------------------------------------------------------------------------------------------------------

Result<void> gunzip(Bytes input, Output& output) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) // +16: gzip's header and trailer
        throw std::bad_alloc();
    const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, inflateEnd);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    bool ended = false;
    while (!ended || stream.avail_in > 0) {
        if (ended && inflateReset(&stream) != Z_OK) // members may follow each other
            return damaged("gzip");
        // Past the cap one more byte is offered, so that a stream that ends exactly there is told from one that goes on.
        std::byte beyond;
        const bool room = output.makeRoom();
        const std::size_t offered = room ? std::min<std::size_t>(output.room(), 1U << 30) : 1;
        stream.next_out = reinterpret_cast<Bytef*>(room ? output.at() : &beyond);
        stream.avail_out = static_cast<uInt>(offered);
        const auto before = stream.avail_in;
        const int outcome = inflate(&stream, Z_NO_FLUSH);
        const std::size_t produced = offered - stream.avail_out;
        if (!room && produced > 0)
            return output.full();
        if (room)
            output.wrote(produced);
        ended = outcome == Z_STREAM_END;
        if (outcome != Z_OK && !ended)
            return damaged("gzip");
        if (!ended && produced == 0 && stream.avail_in == before)
            return damaged("gzip");
    }
    return {};
}

void gzip(Bytes input, std::vector<std::byte>& output, int level) {
    z_stream stream{};
    const int wanted = level == kDefaultLevel ? Z_DEFAULT_COMPRESSION : std::clamp(level, 1, 9);
    if (deflateInit2(&stream, wanted, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    const std::unique_ptr<z_stream, decltype(&deflateEnd)> guard(&stream, deflateEnd);
    const std::size_t start = output.size();
    output.resize(start + deflateBound(&stream, static_cast<uLong>(input.size())));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data() + start);
    stream.avail_out = static_cast<uInt>(output.size() - start);
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        throw std::bad_alloc(); // deflateBound promises enough room
    output.resize(output.size() - stream.avail_out);
}

// ---- snappy ---------------------------------------------------------------------------------------------------------

constexpr std::array<std::uint8_t, 8> kXerialMagic{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t kXerialHeaderBytes = 16; // magic, version, lowest version that can read it
constexpr std::size_t kXerialBlockBytes = 32 * 1024;

Result<void> unsnappyBlock(Bytes block, Output& output) {
    const auto* raw = reinterpret_cast<const char*>(block.data());
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(raw, block.size(), &size))
        return damaged("snappy");
    if (size / 64 > block.size()) // three bytes make 64 at best
        return damaged("snappy");
    if (!output.makeRoom(size))
        return output.full();
    if (size > 0 && !snappy::RawUncompress(raw, block.size(), reinterpret_cast<char*>(output.at())))
        return damaged("snappy");
    output.wrote(size);
    return {};
}

Result<void> unsnappy(Bytes input, Output& output) {
    if (input.size() < kXerialHeaderBytes || std::memcmp(input.data(), kXerialMagic.data(), kXerialMagic.size()) != 0)
        return unsnappyBlock(input, output);
    std::size_t position = kXerialHeaderBytes;
    while (position < input.size()) {
        if (input.size() - position < 4)
            return damaged("snappy");
        const auto size = loadBig<std::uint32_t>(input.data() + position);
        position += 4;
        if (size > input.size() - position)
            return damaged("snappy");
        if (auto done = unsnappyBlock(input.subspan(position, size), output); !done)
            return done;
        position += size;
    }
    return {};
}

void snap(Bytes input, std::vector<std::byte>& output) {
    std::array<std::byte, kXerialHeaderBytes> header{};
    std::memcpy(header.data(), kXerialMagic.data(), kXerialMagic.size());
    storeBig<std::int32_t>(header.data() + 8, 1);
    storeBig<std::int32_t>(header.data() + 12, 1);
    output.insert(output.end(), header.begin(), header.end());
    for (std::size_t position = 0; position < input.size(); position += kXerialBlockBytes) {
        const Bytes block = input.subspan(position, std::min(kXerialBlockBytes, input.size() - position));
        const std::size_t start = output.size();
        output.resize(start + 4 + snappy::MaxCompressedLength(block.size()));
        std::size_t size = 0;
        snappy::RawCompress(reinterpret_cast<const char*>(block.data()), block.size(),
                            reinterpret_cast<char*>(output.data() + start + 4), &size);
        storeBig(output.data() + start, static_cast<std::uint32_t>(size));
        output.resize(start + 4 + size);
    }
}

// ---- lz4 ------------------------------------------------------------------------------------------------------------

Result<void> unlz4(Bytes input, Output& output) {
    LZ4F_dctx* raw = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)))
        throw std::bad_alloc();
    const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> context(raw, LZ4F_freeDecompressionContext);
    std::size_t position = 0;
    std::size_t hint = 1;
    for (;;) {
        std::byte beyond;
        const bool room = output.makeRoom();
        std::size_t produced = room ? output.room() : 1;
        std::size_t consumed = input.size() - position;
        hint = LZ4F_decompress(context.get(), room ? output.at() : &beyond, &produced, input.data() + position, &consumed, nullptr);
        if (LZ4F_isError(hint))
            return damaged("lz4");
        if (!room && produced > 0)
            return output.full();
        if (room)
            output.wrote(produced);
        position += consumed;
        if (hint == 0 && position == input.size())
            return {};
        if (produced == 0 && consumed == 0)
            return damaged("lz4");
    }
}

void lz4(Bytes input, std::vector<std::byte>& output, int level) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    preferences.frameInfo.blockMode = LZ4F_blockIndependent; // Java's reader takes no other
    preferences.compressionLevel = level == kDefaultLevel ? 0 : std::clamp(level, 1, 17);
    const std::size_t start = output.size();
    output.resize(start + LZ4F_compressFrameBound(input.size(), &preferences));
    const std::size_t size = LZ4F_compressFrame(output.data() + start, output.size() - start, input.data(), input.size(), &preferences);
    if (LZ4F_isError(size))
        throw std::bad_alloc();
    output.resize(start + size);
}

// ---- zstd -----------------------------------------------------------------------------------------------------------

Result<void> unzstd(Bytes input, Output& output) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    if (!context)
        throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    for (;;) {
        std::byte beyond;
        const bool room = output.makeRoom();
        ZSTD_outBuffer out{room ? output.at() : &beyond, room ? output.room() : 1, 0};
        const std::size_t before = in.pos;
        const std::size_t hint = ZSTD_decompressStream(context.get(), &out, &in);
        if (ZSTD_isError(hint))
            return damaged("zstd");
        if (!room && out.pos > 0)
            return output.full();
        if (room)
            output.wrote(out.pos);
        if (hint == 0 && in.pos == in.size)
            return {};
        if (out.pos == 0 && in.pos == before)
            return damaged("zstd");
    }
}

void zstd(Bytes input, std::vector<std::byte>& output, int level) {
    const std::size_t start = output.size();
    output.resize(start + ZSTD_compressBound(input.size()));
    const int wanted = level == kDefaultLevel ? ZSTD_CLEVEL_DEFAULT : std::clamp(level, ZSTD_minCLevel(), ZSTD_maxCLevel());
    const std::size_t size = ZSTD_compress(output.data() + start, output.size() - start, input.data(), input.size(), wanted);
    if (ZSTD_isError(size) != 0)
        throw std::bad_alloc();
    output.resize(start + size);
}

} // namespace

std::string_view toString(Codec codec) {
    switch (codec) {
    case Codec::None: return "none";
    case Codec::Gzip: return "gzip";
    case Codec::Snappy: return "snappy";
    case Codec::Lz4: return "lz4";
    case Codec::Zstd: return "zstd";
    }
    return "unknown";
}

Result<void> decompress(Codec codec, Bytes input, std::size_t outputBytesMax, std::vector<std::byte>& output) {
    Output out(output, outputBytesMax);
    switch (codec) {
    case Codec::None:
        if (!out.makeRoom(input.size()))
            return out.full();
        std::copy(input.begin(), input.end(), out.at());
        out.wrote(input.size());
        return {};
    case Codec::Gzip: return gunzip(input, out);
    case Codec::Snappy: return unsnappy(input, out);
    case Codec::Lz4: return unlz4(input, out);
    case Codec::Zstd: return unzstd(input, out);
    }
    return fail(ErrorCode::Corrupt, "A batch names compression codec " + std::to_string(static_cast<int>(codec)) + ", which does not exist.");
}

void compress(Codec codec, Bytes input, std::vector<std::byte>& output, int level) {
    switch (codec) {
    case Codec::None: output.insert(output.end(), input.begin(), input.end()); return;
    case Codec::Gzip: gzip(input, output, level); return;
    case Codec::Snappy: snap(input, output); return;
    case Codec::Lz4: lz4(input, output, level); return;
    case Codec::Zstd: zstd(input, output, level); return;
    }
}

} // namespace broker::protocol
