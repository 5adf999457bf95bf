// Contrast of the tokens on every background they are used on, and where the theme comes from.
#include "tests/support/test_registry.h"
#include "ui/theme/appearance.h"
#include "ui/theme/icons.h"
#include "ui/theme/style.h"

#include <QApplication>
#include <QDir>
#include <QPushButton>
#include <QTest>
#include <cmath>

using namespace ui::theme;

namespace {

double luminance(const QColor& c) {
    const auto channel = [](double v) { return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * channel(c.redF()) + 0.7152 * channel(c.greenF()) + 0.0722 * channel(c.blueF());
}

double contrast(const QColor& a, const QColor& b) {
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

} // namespace

class ThemeTest : public QObject {
    Q_OBJECT
private slots:
    void textReachesFourAndAHalf_data() {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<bool>("high");
        QTest::newRow("light") << false << false;
        QTest::newRow("dark") << true << false;
        QTest::newRow("light, high contrast") << false << true;
        QTest::newRow("dark, high contrast") << true << true;
    }
    void textReachesFourAndAHalf() {
        QFETCH(bool, dark);
        QFETCH(bool, high);
        const Theme t = make(dark ? Scheme::Dark : Scheme::Light, high);
        QStringList bad;
        const auto need = [&bad](double least, const char* what, const QColor& text, const QColor& ground) {
            const double got = contrast(text, ground);
            if (got < least)
                bad.append(QStringLiteral("%1: %2 on %3 is %4").arg(QLatin1String(what), text.name(), ground.name()).arg(got, 0, 'f', 2));
        };
        const std::pair<const char*, QColor> grounds[] = {{"bg", t.bg}, {"panel", t.panel}, {"raised", t.raised}, {"sunken", t.sunken}, {"select", t.select}};
        for (const auto& [name, ground] : grounds) {
            need(4.5, name, t.ink, ground);
            need(4.5, name, t.ink2, ground);
        }
        for (const auto& ground : {t.bg, t.panel, t.raised, t.sunken}) {
            need(4.5, "third text", t.ink3, ground);
            need(4.5, "accent", t.accent, ground);
        }
        for (const auto tone : {Tone::Neutral, Tone::Accent, Tone::Good, Tone::Warn, Tone::Bad, Tone::Info}) {
            need(4.5, "pill", t.toneInk(tone), t.toneBg(tone));
            need(4.5, "word of a state", t.toneInk(tone), t.panel);
        }
        need(4.5, "primary button", t.onAccent, t.accent);
        need(4.5, "production banner", t.onProd, t.prod);
        for (const auto& ground : {t.bg, t.panel, t.raised})
            need(3.0, "border of a control", t.line2, ground);
        for (const auto& ground : {t.bg, t.panel, t.raised, t.sunken})
            need(3.0, "focus ring", t.accent, ground);
        for (const auto& series : t.series)
            need(3.0, "series", series, t.panel);
        QVERIFY2(bad.isEmpty(), qPrintable(bad.join(u'\n')));
    }

    void everyControlIsPaintedByOurStyle() {
        install(make(Scheme::Dark));
        QPushButton button(QStringLiteral("x"));
        QVERIFY(of(&button).dark());
        apply(make(Scheme::Light));
        QVERIFY(!of(&button).dark());
        QCOMPARE(QApplication::palette().color(QPalette::Window), make(Scheme::Light).bg);
    }

    void rowsFollowTheTextSize() {
        Theme t = make(Scheme::Light);
        QCOMPARE(t.rowHeight(), 26);
        t.textScale = 2;
        QVERIFY(t.rowHeight() > 34);
    }

    void choices() {
        QCOMPARE(choiceFromText(QStringLiteral("dark")), std::optional(Choice::Dark));
        QVERIFY(!choiceFromText(QStringLiteral("pink")));
    }

    void everyIconIsThereAndTinted() {
        install(make(Scheme::Light));
        const auto files = QDir(QStringLiteral(":/samsa/icons")).entryList();
        QVERIFY(files.size() > 20);
        for (const auto& file : files) {
            const QPixmap pixmap = iconPixmap(file.chopped(4), 16, make(Scheme::Light).accent, 2);
            QVERIFY2(!pixmap.isNull(), qPrintable(file));
            QCOMPARE(pixmap.size(), QSize(32, 32));
            bool painted = false;
            const QImage image = pixmap.toImage();
            for (int y = 0; y < image.height() && !painted; ++y)
                for (int x = 0; x < image.width() && !painted; ++x)
                    painted = qAlpha(image.pixel(x, y)) > 128;
            QVERIFY2(painted, qPrintable(file));
        }
        QVERIFY(iconPixmap(QStringLiteral("no-such-icon"), 16, make(Scheme::Light).ink, 1).isNull());
    }
};

SAMSA_TEST(ThemeTest)
#include "theme_test.moc"
