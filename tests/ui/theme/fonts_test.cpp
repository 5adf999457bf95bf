// The fonts that travel inside: digits of one width, one plain glyph a character.
#include "tests/support/test_registry.h"
#include "ui/theme/fonts.h"
#include "ui/theme/theme.h"

#include <QFontDatabase>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QRawFont>
#include <QTest>
#include <QTextLayout>

using namespace ui::theme;

class FontsTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QCOMPARE(loadFonts().size(), 2); }

    void facesAreOurs() {
        const Theme t = make(Scheme::Light);
        QCOMPARE(QFontInfo(t.font(Face::Text)).family(), QStringLiteral("Samsa Sans"));
        QCOMPARE(QFontInfo(t.font(Face::Mono)).family(), QStringLiteral("Samsa Mono"));
        QCOMPARE(t.font(Face::Text).pointSizeF(), 13 * 0.75);
    }

    void tenDigitsOfEqualAdvance() {
        const Theme t = make(Scheme::Light);
        for (const auto face : {Face::Text, Face::Strong, Face::Medium, Face::Small, Face::Title, Face::Figure, Face::Mono}) {
            const QFontMetricsF metrics(t.font(face));
            const double zero = metrics.horizontalAdvance(u'0');
            for (QChar digit = u'1'; digit <= u'9'; digit = QChar(digit.unicode() + 1))
                QCOMPARE(metrics.horizontalAdvance(digit), zero);
        }
    }

    void onePlainGlyphACharacter() {
        const Theme t = make(Scheme::Light);
        const QString text = QStringLiteral("0x25 !== -> => :: www ffi");
        for (const auto face : {Face::Text, Face::Strong, Face::Mono}) {
            const QRawFont raw = QRawFont::fromFont(t.font(face));
            QTextLayout layout(text, t.font(face));
            layout.beginLayout();
            QTextLine line = layout.createLine();
            line.setLineWidth(10000);
            layout.endLayout();
            QList<quint32> shaped;
            for (const auto& run : layout.glyphRuns())
                shaped += run.glyphIndexes();
            // Each shaped glyph is the one that the character alone has.
            QCOMPARE(shaped.size(), text.size());
            for (qsizetype i = 0; i < text.size(); ++i) {
                const auto alone = raw.glyphIndexesForString(text.mid(i, 1));
                QVERIFY2(alone.size() == 1 && alone[0] == shaped[i], qPrintable(QStringLiteral("%1 at %2").arg(text[i]).arg(i)));
            }
        }
    }
};

SAMSA_TEST(FontsTest)
#include "fonts_test.moc"
