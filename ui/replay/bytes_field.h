#pragma once
// Bytes that a person edits: as text, as base64 where they are none, or null.

#include <QByteArray>
#include <QWidget>
#include <optional>

class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QTimer;
namespace ui::widgets {
class PlainLabel;
}

namespace ui::replay {

/// A line about a value that looks like JSON: "JSON, 87 B", or what is wrong with it and where. Empty where it does not look like it.
QString jsonHint(const QByteArray& value, bool* isJson);

class BytesField : public QWidget {
    Q_OBJECT
public:
    /// `name` for assistive technology: "Key".
    BytesField(const QString& name, bool multiLine, QWidget* parent = nullptr);
    /// Shown as text when that gives the same bytes back, else as base64.
    void setBytes(const std::optional<QByteArray>& bytes);
    /// None = null. Only when problem() is empty.
    [[nodiscard]] std::optional<QByteArray> bytes() const;
    /// What is wrong with it, translated; empty = nothing.
    [[nodiscard]] QString problem() const;

signals:
    void changed();

private:
    enum Kind { Text, Base64, Null };
    [[nodiscard]] QString text() const;
    void refresh();
    void showHint();
    QString m_name;
    QComboBox* m_kind;
    QLineEdit* m_line = nullptr;
    QPlainTextEdit* m_lines = nullptr;
    widgets::PlainLabel* m_hint = nullptr; ///< of a value only
    QTimer* m_hintTimer = nullptr;
};

} // namespace ui::replay
