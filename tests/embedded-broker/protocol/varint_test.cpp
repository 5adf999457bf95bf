#include "embedded-broker/protocol/varint.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <limits>

using namespace broker::protocol;

class VarintTest : public QObject {
    Q_OBJECT
private slots:
    void smallNumbersOfEitherSignTakeOneByte() {
        QCOMPARE(zigzag(std::int32_t{0}), 0U);
        QCOMPARE(zigzag(std::int32_t{-1}), 1U);
        QCOMPARE(zigzag(std::int32_t{1}), 2U);
        QCOMPARE(varintSize(-64), 1UL);
        QCOMPARE(varintSize(64), 2UL);
    }

    void roundTripsAtEveryEdge() {
        for (int bit = 0; bit < 64; ++bit) {
            for (const std::int64_t near : {-1, 0, 1}) {
                const auto wide = static_cast<std::int64_t>((std::uint64_t{1} << bit) + static_cast<std::uint64_t>(near));
                for (const std::int64_t value : {wide, static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(wide))}) {
                    std::vector<std::byte> bytes;
                    appendVarlong(bytes, value);
                    QCOMPARE(bytes.size(), varlongSize(value));
                    std::size_t at = 0;
                    QCOMPARE(takeVarlong(bytes, at), std::optional(value));
                    QCOMPARE(at, bytes.size());
                    const auto narrow = static_cast<std::int32_t>(value);
                    bytes.clear();
                    appendVarint(bytes, narrow);
                    at = 0;
                    QCOMPARE(takeVarint(bytes, at), std::optional(narrow));
                    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
                        at = 0;
                        QVERIFY(!takeVarint(std::span(bytes).first(cut), at));
                    }
                }
            }
        }
    }

    void refusesNumbersThatAreTooLong() {
        const std::vector<std::byte> endless(20, std::byte{0x80});
        std::size_t at = 0;
        QVERIFY(!takeVarint(endless, at));
        at = 0;
        QVERIFY(!takeVarlong(endless, at));
        std::vector<std::byte> wide(4, std::byte{0xff});
        wide.push_back(std::byte{0x1f}); // 33 bits
        at = 0;
        QVERIFY(!takeUvarint(wide, at));
    }
};

SAMSA_TEST(VarintTest)
#include "varint_test.moc"
