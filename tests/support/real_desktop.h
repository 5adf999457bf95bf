#pragma once
// A screen of its own with a window manager, the real program on it, and a keyboard: what a person has, and nothing else. Keys go through the X server
// (xdotool, XTEST), so they take the way of real keys; what came of them is read from the accessible tree (app/desktop/state_door.h).
// Interface thread of the test; nothing sleeps: everything waits for a condition with a deadline.

#include <QJsonArray>
#include <QJsonObject>
#include <QLocalSocket>
#include <QProcess>
#include <QProcessEnvironment>
#include <QSize>
#include <QTemporaryDir>
#include <functional>

namespace tests {

/// One answer of the program.
struct Sight {
    QJsonObject all;
    [[nodiscard]] QString place() const { return all[QStringLiteral("place")].toString(); }
    [[nodiscard]] QString over() const { return all[QStringLiteral("over")].toString(); } ///< the dialog that stands over the page, empty = none
    [[nodiscard]] QString focusRole() const { return all[QStringLiteral("focus")].toObject()[QStringLiteral("role")].toString(); }
    [[nodiscard]] QString focusName() const { return all[QStringLiteral("focus")].toObject()[QStringLiteral("name")].toString(); }
    /// The first thing of this role whose name matches the regular expression; empty = none.
    [[nodiscard]] QJsonObject find(const QString& role, const QString& name) const;
    /// A text, a name or a cell that matches is in sight.
    [[nodiscard]] bool says(const QString& pattern) const;
    /// The cells of the rows in sight of the table `name`.
    [[nodiscard]] QList<QStringList> rows(const QString& table) const;
    /// The cells of the row of the table `name` whose first cell is `first`.
    [[nodiscard]] QStringList row(const QString& table, const QString& first) const;
    [[nodiscard]] int count(const QString& table) const; ///< rows, also out of sight; -1 = no such table
    [[nodiscard]] QString chosen(const QString& table) const; ///< first cell of the selected row in sight
    [[nodiscard]] QString marked() const; ///< the entry of an open menu that Enter would take
    [[nodiscard]] bool isActive() const { return all[QStringLiteral("active")].toBool(); }
};

class RealDesktop {
public:
    /// `program` is samsa. Fails a test (see problem()) when a tool is missing.
    /// With `inMemory` its folder is in memory where the machine has the room: for clusters of so many files that a disk would be what is tested.
    explicit RealDesktop(QString program, bool inMemory = false, const QSize& screen = {1440, 900});
    ~RealDesktop();
    [[nodiscard]] const QString& problem() const { return m_problem; }
    [[nodiscard]] QString home() const { return m_folder.path(); }
    [[nodiscard]] QProcessEnvironment environment() const { return m_environment; }

    /// Starts the program and waits for its window to have the keyboard.
    bool start(const QStringList& arguments);
    /// Ends it as Ctrl+Q does; false when it does not go, or not with 0.
    bool quit();
    /// SIGTERM, as at the end of a session; false as quit().
    bool terminate();
    /// kill -9: nobody has time to tidy up. start() begins anew on what is left.
    void kill();
    void key(const QString& keysym); ///< "ctrl+n", "Return", "shift+Delete"
    void type(const QString& text);
    void copy(const QString& text); ///< into the clipboard, as another program does
    [[nodiscard]] Sight look();
    /// Looks until `good` says so; at the deadline false, and problem() says what was waited for and where the picture is.
    bool wait(const QString& what, const std::function<bool(const Sight&)>& good, int deadlineMs = 20'000);
    void picture(const QString& name);

    /// Turns of the interface thread of more than 50 ms since the last call, as sentences.
    [[nodiscard]] QStringList longTurns();
    [[nodiscard]] qint64 pid() const { return m_program.processId(); }

private:
    bool ended();
    bool startServer(const QSize& screen);
    void run(const QString& tool, const QStringList& arguments);

    QTemporaryDir m_folder;
    QString m_path;
    QString m_problem;
    QProcessEnvironment m_environment;
    QProcess m_server, m_manager, m_program;
    QLocalSocket m_door;
    qint64 m_turnsRead = 0;
    Sight m_last;
};

} // namespace tests
