#pragma once
// What a screen reader would be told, for tests that press real keys from outside and have to know what came of them: SAMSA_STATE_DOOR names
// a local socket, and each line written to it is answered by one line of JSON. Nothing can be done through it, and without the variable there is none.
//
//     {"window": "orders-dev - Samsa", "active": true, "dark": false, "place": "samsa:local%3Alocal/topics",
//      "focus": {"role": "table", "name": "Topics"},
//      "nodes": [{"role": "button", "name": "Create topic", "enabled": true}, ...
//                {"role": "table", "name": "Topics", "count": 3, "rows": [{"cells": ["orders", "6", ...], "selected": true}]}]}
//
// Only what is seen is told: of a dialog that stands over the page, the dialog ("over"); of a table, the rows in sight.

#include <QObject>
#include <memory>

class QLocalServer;

namespace app::desktop {

class Window;

/// Interface thread.
class StateDoor : public QObject {
    Q_OBJECT
public:
    /// Null when nobody asks for one, or when it cannot be opened.
    static std::unique_ptr<StateDoor> open(Window& window);
    ~StateDoor() override;

private:
    explicit StateDoor(Window& window);
    [[nodiscard]] QByteArray state() const;
    Window& m_window;
    QLocalServer* m_server;
};

} // namespace app::desktop
