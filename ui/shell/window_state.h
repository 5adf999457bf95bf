#pragma once
// What the window remembers: its size, the last place, view state per cluster and page. One file, window.json in the state
// directory, written 500 ms after the last change. A file of an unknown version is set aside, never fatal.

#include <QJsonObject>
#include <QObject>
#include <QVariant>

class QTimer;

namespace ui::shell {

class WindowState : public QObject {
    Q_OBJECT
public:
    static constexpr int kVersion = 1;
    static constexpr int kSaveAfterMs = 500;
    /// Reads the file; a missing one is an empty state.
    explicit WindowState(const QString& path, QObject* parent = nullptr);
    ~WindowState() override; ///< writes what is not written yet

    [[nodiscard]] QVariant value(const QString& group, const QString& key) const;
    void setValue(const QString& group, const QString& key, const QVariant& value);
    void saveNow();

private:
    QString m_path;
    QJsonObject m_root;
    QTimer* m_timer;
};

} // namespace ui::shell
