// The chart as a widget: it draws, speaks, follows the theme and the keyboard.
#include "tests/support/test_registry.h"
#include "ui/charts/time_chart.h"
#include "ui/theme/fonts.h"
#include "ui/theme/style.h"
#include "ui/widgets/table_view.h"

#include <QApplication>
#include <QDateTime>
#include <QTemporaryDir>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

using namespace ui::charts;
using namespace models::metrics;

class TimeChartTest : public QObject {
    Q_OBJECT

    static constexpr qint64 kNow = 1'800'000'000'000;
    MetricsStore m_store;
    TimeAxis m_axis;

    static SeriesKey topic(const QString& name) { return {Quantity::MessagesPerSecond, Scope::Topic, name}; }

private slots:
    void initTestCase() {
        ui::theme::install(ui::theme::make(ui::theme::Scheme::Light));
        for (int i = 0; i < 300; ++i) {
            const double dip = i > 200 && i < 206 ? 0.3 : 1;
            m_store.addRound(kNow - (300 - i) * 1000LL, {{topic(QStringLiteral("orders")), (2600 + 120 * std::sin(i * 1.7)) * dip},
                                                             {topic(QStringLiteral("payments")), (1600 + 60 * std::sin(i * 2.3)) * dip},
                                                             {topic(QStringLiteral("shipments")), i > 100 && i < 120 ? kGap : 700 + 30 * std::sin(i * 0.9)}});
        }
        m_store.addMark({kNow - 98'000, QStringLiteral("BrokerKilled"), QStringLiteral("broker 2 killed"), 2});
        m_store.addMark({kNow - 97'900, QStringLiteral("LeadersMoved"), QStringLiteral("14 leaders moved"), 1});
        m_axis.tick(kNow);
    }

    void savesItsNumbers() {
        TimeAxis axis;
        axis.tick(kNow);
        TimeChart chart(QStringLiteral("Messages per second"), Unit::MessagesPerSecond, &m_store, &axis);
        chart.setLines({{QStringLiteral("=orders, \"all\""), topic(QStringLiteral("orders"))}, {QStringLiteral("shipments"), topic(QStringLiteral("shipments"))}});
        const auto lines = chart.csv().split(u'\n');
        QCOMPARE(lines.first(), QStringLiteral("time,\"'=orders, \"\"all\"\"\",shipments"));
        QVERIFY(lines.size() > 290);
        const auto first = lines[1].split(u',');
        QCOMPARE(first.size(), 3);
        const auto time = QDateTime::fromString(first[0], Qt::ISODateWithMs);
        QVERIFY2(time.isValid() && std::abs(time.toMSecsSinceEpoch() - (kNow - 300'000)) <= 2000, qPrintable(first[0])); // the oldest first
        QVERIFY(std::abs(first[1].toDouble() - m_store.series(topic(QStringLiteral("orders")))->valueAt(time.toMSecsSinceEpoch())) < 1e-3);
        // What was not measured is empty, not zero.
        QVERIFY(std::any_of(lines.begin(), lines.end(), [](const QString& line) { return line.endsWith(u','); }));
    }

    void savesAPicture() {
        QTemporaryDir folder;
        TimeAxis axis;
        axis.tick(kNow);
        axis.setCursor(kNow - 50'000);
        TimeChart chart(QStringLiteral("Messages per second"), Unit::MessagesPerSecond, &m_store, &axis);
        chart.resize(90, 40); // in a strip of the window
        chart.setLines({{QStringLiteral("orders"), topic(QStringLiteral("orders"))}, {QStringLiteral("payments"), topic(QStringLiteral("payments"))}});
        const QString path = folder.filePath(QStringLiteral("chart.png"));
        QCOMPARE(chart.saveTo(path, TimeChart::Format::Png), QString());
        const QImage image(path);
        QVERIFY(image.width() > 2000 && image.height() > 800);
        if (const auto pictures = qEnvironmentVariable("SAMSA_TEST_PICTURES"); !pictures.isEmpty())
            image.save(pictures + QStringLiteral("/chart-saved.png"));
        const auto& theme = ui::theme::of(&chart);
        QCOMPARE(image.pixelColor(2, 2), theme.panel);
        int line = 0;
        for (int y = 0; y < image.height(); ++y)
            line += image.pixelColor(image.width() / 3, y) == theme.series[0] ? 1 : 0;
        QVERIFY(line > 0);
        QCOMPARE(chart.width(), 90); // the one in the window is as it was
        QVERIFY(!chart.saveTo(folder.filePath(QStringLiteral("no/such/folder.png")), TimeChart::Format::Png).isEmpty());
        QCOMPARE(chart.saveTo(folder.filePath(QStringLiteral("chart.csv")), TimeChart::Format::Csv), QString());
    }

    void drawsInBothThemes() {
        QWidget window;
        TimeChart chart(QStringLiteral("Messages per second"), Unit::MessagesPerSecond, &m_store, &m_axis, &window);
        chart.setLines({{QStringLiteral("orders"), topic(QStringLiteral("orders"))}, {QStringLiteral("payments"), topic(QStringLiteral("payments"))},
            {QStringLiteral("shipments"), topic(QStringLiteral("shipments"))}});
        chart.legend()->setGeometry(280, 6, 410, 20);
        chart.setGeometry(0, 30, 700, 250);
        window.resize(700, 280);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        for (const auto scheme : {ui::theme::Scheme::Light, ui::theme::Scheme::Dark}) {
            const auto theme = ui::theme::make(scheme);
            ui::theme::apply(theme);
            QCoreApplication::processEvents();
            QTest::mouseMove(&chart, QPoint(theme.dark() ? 300 : 320, 120));
            QVERIFY(m_axis.cursorMs() > 0);
            QCoreApplication::processEvents();
            const QImage image = window.grab().toImage();
            if (const auto folder = qEnvironmentVariable("SAMSA_TEST_PICTURES"); !folder.isEmpty())
                image.save(QStringLiteral("%1/chart-%2.png").arg(folder, theme.dark() ? QStringLiteral("dark") : QStringLiteral("light")));
            // The background and the first line's colour are this theme's.
            QCOMPARE(image.pixelColor(image.width() - 3, 40), theme.panel);
            int found = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    found += image.pixelColor(x, y) == theme.series[0];
            QVERIFY(found > 20);
            m_axis.setCursor(-1);
        }
    }

    void wordsStandOverTheLines() {
        TimeChart chart(QStringLiteral("Messages per second"), Unit::MessagesPerSecond, &m_store, &m_axis);
        chart.setLines({{QStringLiteral("orders"), topic(QStringLiteral("orders"))}});
        chart.resize(700, 250);
        chart.show();
        QVERIFY(QTest::qWaitForWindowExposed(&chart));
        QCoreApplication::processEvents();
        const auto& theme = ui::theme::of(&chart);
        const QImage image = chart.grab().toImage();
        const auto rowsOf = [&image](const QColor& colour) {
            int first = -1, last = -1;
            for (int y = 6; y < image.height() - 6; ++y) // within the ring of the focus
                for (int x = 60; x < image.width() - 6; ++x)
                    if (image.pixelColor(x, y) == colour) {
                        first = first < 0 ? y : first;
                        last = y;
                    }
            return std::pair(first, last);
        };
        const auto words = rowsOf(theme.toneBg(ui::theme::Tone::Bad)); // "broker 2 killed"
        const auto line = rowsOf(theme.series[0]);
        QVERIFY(words.first >= 0 && line.first >= 0);
        QVERIFY2(line.first > words.second, qPrintable(QStringLiteral("%1 is not below %2").arg(line.first).arg(words.second)));
    }

    void speaksAndKeepsColours() {
        TimeChart chart(QStringLiteral("Messages per second"), Unit::MessagesPerSecond, &m_store, &m_axis);
        chart.setLines({{QStringLiteral("orders"), topic(QStringLiteral("orders"))}, {QStringLiteral("payments"), topic(QStringLiteral("payments"))}});
        const QString summary = chart.summary();
        QVERIFY2(summary.startsWith(QStringLiteral("Messages per second in the last 5 min: orders now 2,")), qPrintable(summary));
        QVERIFY(summary.contains(QStringLiteral("highest 2,7")));
        const int payments = chart.colourOf(QStringLiteral("payments"));
        chart.setLines({{QStringLiteral("payments"), topic(QStringLiteral("payments"))}, {QStringLiteral("shipments"), topic(QStringLiteral("shipments"))}});
        QCOMPARE(chart.colourOf(QStringLiteral("payments")), payments);
        QVERIFY(chart.colourOf(QStringLiteral("shipments")) != payments);
    }

    void worksByKeyboardAlone() {
        QWidget window;
        window.resize(900, 640);
        TimeChart chart(QStringLiteral("Messages per second"), Unit::MessagesPerSecond, &m_store, &m_axis, &window);
        chart.setLines({{QStringLiteral("orders"), topic(QStringLiteral("orders"))}});
        chart.setGeometry(0, 0, 700, 250);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        chart.setFocus();
        QTest::keyClick(&chart, Qt::Key_Space);
        QVERIFY(!m_axis.isLive());
        QTest::keyClick(&chart, Qt::Key_Home);
        QVERIFY(m_axis.isLive());
        QTest::keyClick(&chart, Qt::Key_Minus);
        QCOMPARE(m_axis.spanMs(), 2 * TimeAxis::kSpanAtFirstMs);
        QTest::keyClick(&chart, Qt::Key_Home);
        QTest::keyClick(&chart, Qt::Key_Left);
        QVERIFY(m_axis.cursorMs() > 0);
        QTest::keyClick(&chart, Qt::Key_T);
        auto* table = window.findChild<ui::widgets::TableView*>();
        QVERIFY(table != nullptr);
        QVERIFY2(table->shownCount() > 290, qPrintable(QString::number(table->shownCount())));
    }
};

SAMSA_TEST(TimeChartTest)
#include "time_chart_test.moc"
