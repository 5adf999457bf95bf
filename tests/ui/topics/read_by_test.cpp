// The groups of a topic, as links in whatever room there is.
#include "models/session/snapshots.h"
#include "tests/support/fake_page_context.h"
#include "tests/support/test_registry.h"
#include "ui/theme/style.h"
#include "ui/topics/read_by.h"
#include "ui/widgets/button.h"

#include <QTest>

using namespace models;
using namespace Qt::StringLiterals;

namespace {

QList<ui::widgets::Button*> shownIn(const ui::topics::ReadBy& line) {
    QList<ui::widgets::Button*> all;
    for (auto* button : line.findChildren<ui::widgets::Button*>())
        if (button->isVisible())
            all << button;
    return all;
}

} // namespace

class ReadByTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void linksToTheGroupsOfATopic() {
        tests::FakePageContext context;
        ui::topics::ReadBy line(context);
        line.resize(900, 30);
        static_cast<QWidget&>(line).show();
        session::GroupsSnapshot groups;
        line.show(u"here"_s, u"orders"_s, &groups);
        QVERIFY(shownIn(line).isEmpty());
        for (const auto& [name, topic] : {std::pair(u"warehouse"_s, u"orders"_s), std::pair(u"billing"_s, u"orders"_s), std::pair(u"other"_s, u"payments"_s)}) {
            session::Group group;
            group.id = name;
            for (int p = 0; p < 2; ++p) {
                session::GroupPartition partition;
                partition.partition = {topic, p};
                partition.lag = name == u"billing" ? 6 : 0;
                group.partitions << partition;
            }
            groups.groups << group;
        }
        line.show(u"here"_s, u"orders"_s, &groups);
        auto links = shownIn(line);
        QCOMPARE(links.size(), 2);
        QCOMPARE(links[0]->text(), u"billing, 12 behind"_s);
        QCOMPARE(links[1]->text(), u"warehouse"_s);
        links[1]->click();
        QCOMPARE(context.went.kind, u"groups"_s);
        QCOMPARE(context.went.name, u"warehouse"_s);

        for (int i = 0; i < 9; ++i) {
            session::Group group = groups.groups[0];
            group.id = u"reader-%1"_s.arg(i);
            groups.groups << group;
        }
        line.show(u"here"_s, u"orders"_s, &groups);
        links = shownIn(line);
        QVERIFY(links.last()->text().startsWith(u"and "_s)); // the rest is counted
        line.resize(320, 30);
        QVERIFY(shownIn(line).size() < links.size());
        for (const auto* button : shownIn(line))
            QVERIFY(button->geometry().right() <= line.width());
    }
};

SAMSA_TEST(ReadByTest)
#include "read_by_test.moc"
