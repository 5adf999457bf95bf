#include "embedded-broker/base/random.h"
#include "embedded-broker/protocol/compression.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::protocol;

namespace {

constexpr Codec kAll[] = {Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd};

std::vector<std::byte> sample(std::size_t size, std::uint64_t seed) {
    const auto random = makeSeededRandom(seed);
    std::vector<std::byte> bytes(size);
    for (auto& byte : bytes)
        byte = static_cast<std::byte>("abcdefgh"[random->below(8)]);
    return bytes;
}

std::vector<std::byte> unhex(std::string_view hex) {
    const QByteArray raw = QByteArray::fromHex(QByteArray(hex.data(), static_cast<qsizetype>(hex.size())));
    const Bytes bytes = asBytes({raw.data(), static_cast<std::size_t>(raw.size())});
    return {bytes.begin(), bytes.end()};
}

} // namespace

class CompressionTest : public QObject {
    Q_OBJECT
private slots:
    void roundTrips() {
        for (const Codec codec : kAll) {
            for (const std::size_t size : {0UL, 1UL, 100UL, 32'768UL, 65'536UL, 300'001UL}) {
                const auto plain = sample(size, size);
                std::vector<std::byte> packed{std::byte{1}}; // both append
                compress(codec, plain, packed);
                std::vector<std::byte> again{std::byte{2}};
                const auto done = decompress(codec, Bytes(packed).subspan(1), size, again);
                QVERIFY2(done.has_value(), done ? "" : done.error().message.c_str());
                QVERIFY(std::equal(again.begin() + 1, again.end(), plain.begin(), plain.end()));
                if (codec != Codec::None && size > 1000)
                    QVERIFY(packed.size() < size);
            }
        }
    }

    void takesLevels() {
        const auto plain = sample(50'000, 9);
        for (const Codec codec : kAll) {
            for (const int level : {-100, -1, 1, 9, 12, 99}) {
                std::vector<std::byte> packed;
                compress(codec, plain, packed, level > 12 ? 12 : level);
                std::vector<std::byte> again;
                QVERIFY(decompress(codec, packed, plain.size(), again));
                QVERIFY(again == plain);
            }
        }
    }

    void stopsAtTheCap() {
        const std::vector<std::byte> zeros(30'000'000);
        for (const Codec codec : kAll) {
            std::vector<std::byte> bomb;
            compress(codec, zeros, bomb);
            for (const std::size_t cap : {0UL, 1UL, 1000UL, 1'000'000UL, zeros.size() - 1}) {
                std::vector<std::byte> out;
                const auto done = decompress(codec, bomb, cap, out);
                QVERIFY(!done);
                QVERIFY(done.error().code == ErrorCode::OutOfRange);
                QVERIFY(out.size() <= cap);
                QVERIFY(out.capacity() <= 2 * cap + 128 * 1024);
            }
            std::vector<std::byte> out;
            QVERIFY(decompress(codec, bomb, zeros.size(), out));
        }
    }

    void survivesCutAndDamagedBytes() {
        const auto plain = sample(5'000, 11);
        for (const Codec codec : kAll) {
            if (codec == Codec::None)
                continue;
            std::vector<std::byte> packed;
            compress(codec, plain, packed);
            for (std::size_t cut = 0; cut < packed.size(); ++cut) {
                std::vector<std::byte> out;
                const auto done = decompress(codec, Bytes(packed).first(cut), 1'000'000, out);
                // Xerial frames carry no total: cut between two blocks they are shorter, not damaged.
                if (codec != Codec::Snappy)
                    QVERIFY(!done);
            }
            const auto random = makeSeededRandom(12);
            for (int i = 0; i < 2000; ++i) {
                auto damaged = packed;
                damaged[random->below(damaged.size())] ^= static_cast<std::byte>(1 + random->below(255));
                std::vector<std::byte> out;
                (void)decompress(codec, damaged, 20'000, out);
                QVERIFY(out.size() <= 20'000);
            }
        }
    }

    void aLyingSnappyLengthTakesNoMemory() {
        const auto lie = unhex("ffffffff0f00"); // claims 4 GiB - 1
        std::vector<std::byte> out;
        const auto done = decompress(Codec::Snappy, lie, std::size_t{1} << 40, out);
        QVERIFY(!done);
        QVERIFY(done.error().code == ErrorCode::Corrupt);
        QCOMPARE(out.capacity(), 0UL);
    }

    void readsRawSnappyAndConcatenatedMembers() {
        std::vector<std::byte> out;
        QVERIFY(decompress(Codec::Snappy, unhex("0a2468656c6c6f2068656c6c"), 100, out)); // as librdkafka sends it: no frame
        QCOMPARE(asText(out), std::string_view("hello hell"));
        for (const Codec codec : {Codec::Gzip, Codec::Lz4, Codec::Zstd}) {
            std::vector<std::byte> both;
            compress(codec, asBytes("one "), both);
            compress(codec, asBytes("two"), both);
            out.clear();
            QVERIFY(decompress(codec, both, 100, out));
            QCOMPARE(asText(out), std::string_view("one two"));
        }
    }

    void refusesUnknownCodecs() {
        std::vector<std::byte> out;
        QVERIFY(decompress(static_cast<Codec>(6), asBytes("x"), 10, out).error().code == ErrorCode::Corrupt);
    }
};

SAMSA_TEST(CompressionTest)
#include "compression_test.moc"
