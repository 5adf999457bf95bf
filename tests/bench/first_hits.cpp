// From the key that begins a search to the frame that shows its first hits: the real window, on the screen that DISPLAY names, on a real cluster.
//
//   first-hits -b SERVERS -t TOPIC --text TEXT [--rounds 9]
//   first-hits -b SERVERS -t TOPIC --where CONDITION [--rounds 9]
//
// Prints a line per round: milliseconds, and how many rows were found by then. tests/bench/window hits makes cluster, topic and screen.
#include "tests/ui/connections/desk.h"
#include "ui/messages/message_view.h"
#include "ui/messages/search_field.h"
#include "ui/messages/search_panel.h"

#include <QApplication>
#include <QComboBox>
#include <QElapsedTimer>
#include <csignal>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace {

constexpr int kPatienceMs = 60'000;

/// Tells when a window has drawn what was asked for.
class Painted final : public QApplication {
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override {
        const bool drawn = event->type() == QEvent::UpdateRequest;
        const bool done = QApplication::notify(receiver, event);
        if (drawn && watched && watched->isVisible() && watched->window()->rowCount() > 0 && rows < 0) {
            rows = watched->window()->rowCount();
            ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
        }
        return done;
    }
    const ui::messages::MessageView* watched = nullptr;
    QElapsedTimer timer;
    int rows = -1;
    double ms = -1;
};

[[noreturn]] void die(const char* why) {
    std::fprintf(stderr, "first-hits: %s\n", why);
    std::exit(1);
}

template <class Condition>
void waitFor(Condition&& condition, const char* why) {
    QElapsedTimer timer;
    timer.start();
    while (!condition()) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
        if (timer.elapsed() > kPatienceMs)
            die(why);
    }
}

} // namespace

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN); // as the programs do
    Painted application(argc, argv);
    QMap<QString, QString> given;
    const auto arguments = QCoreApplication::arguments();
    for (int i = 1; i + 1 < arguments.size(); i += 2)
        given.insert(arguments[i], arguments[i + 1]);
    const bool where = given.contains(u"--where"_s);
    if (!given.contains(u"-b"_s) || !given.contains(u"-t"_s) || (!where && !given.contains(u"--text"_s)))
        die("-b SERVERS -t TOPIC and --text TEXT or --where CONDITION are needed");

    QTemporaryDir home;
    tests::Desk desk(home.path());
    models::connections::ConnectionProfile profile;
    profile.name = u"bench"_s;
    profile.config.bootstrapServers = given[u"-b"_s];
    const QString key = desk.services->connections->save(profile);
    desk.main().go({key, u"messages"_s, given[u"-t"_s], {}});
    auto* panel = desk.main().findChild<ui::messages::SearchPanel*>();
    auto* field = desk.main().findChild<ui::messages::SearchField*>();
    if (!panel || !field)
        die("the page of messages is not there");
    ui::messages::MessageView* all = nullptr;
    for (auto* view : desk.main().findChildren<ui::messages::MessageView*>()) {
        if (view->window() == panel->search()->results())
            application.watched = view;
        else
            all = view;
    }
    waitFor([&] { return all->window()->rowCount() > 0; }, "the topic's messages do not come");
    panel->findChild<QComboBox*>()->setCurrentIndex(where ? 2 : 0);

    for (int round = 0; round < given.value(u"--rounds"_s, u"9"_s).toInt(); ++round) {
        field->setText(where ? given[u"--where"_s] : given[u"--text"_s]);
        field->setFocus();
        // As under a person's hands: what was painted, read and polled before is over when the key comes.
        QElapsedTimer quiet;
        quiet.start();
        while (quiet.elapsed() < 300)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
        application.rows = -1;
        application.timer.start();
        QTest::keyClick(field, Qt::Key_Return);
        waitFor([&] { return application.rows > 0; }, "nothing was found");
        std::printf("%.1f ms %d rows\n", application.ms, application.rows);
        std::fflush(stdout);
        desk.action("messages.searchClose")->trigger();
        waitFor([&] { return !panel->isShown(); }, "the search does not close");
    }
}
