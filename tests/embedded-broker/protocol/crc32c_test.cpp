#include "embedded-broker/base/random.h"
#include "embedded-broker/protocol/crc32c.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <vector>

using namespace broker;
using namespace broker::protocol;

class Crc32cTest : public QObject {
    Q_OBJECT
private slots:
    void knowsThePublishedValues() { // RFC 3720, appendix B.4, and the usual check value
        QCOMPARE(crc32c(asBytes("123456789")), 0xe3069283U);
        QCOMPARE(crc32c(std::vector<std::byte>(32)), 0x8a9136aaU);
        QCOMPARE(crc32c(std::vector<std::byte>(32, std::byte{0xff})), 0x62a8ab43U);
        QCOMPARE(crc32c({}), 0U);
    }

    void instructionsAndTablesAgreeAtEveryLengthAndAlignment() {
        std::vector<std::uint8_t> raw(40'000);
        makeSeededRandom(3)->fill(raw);
        const Bytes bytes = std::as_bytes(std::span(raw));
        for (std::size_t size = 0; size < 1600; ++size)
            QCOMPARE(crc32c(bytes.subspan(size % 9, size)), crc32cByTables(bytes.subspan(size % 9, size)));
        for (const std::size_t size : {3 * 4096UL - 1, 3 * 4096UL, 3 * 4096UL + 1, 2 * 3 * 4096UL + 3 * 256 + 17, 39'000UL})
            QCOMPARE(crc32c(bytes.subspan(5, size)), crc32cByTables(bytes.subspan(5, size)));
    }

    void goesOnWhereItStopped() {
        std::vector<std::uint8_t> raw(20'000);
        makeSeededRandom(4)->fill(raw);
        const Bytes bytes = std::as_bytes(std::span(raw));
        for (const std::size_t cut : {0UL, 1UL, 40UL, 777UL, 13'000UL, 20'000UL})
            QCOMPARE(crc32c(bytes.subspan(cut), crc32c(bytes.first(cut))), crc32c(bytes));
    }
};

SAMSA_TEST(Crc32cTest)
#include "crc32c_test.moc"
