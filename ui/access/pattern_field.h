#pragma once
// A name and how it is meant: exactly, as a prefix, or every name.

#include "models/access/presets.h"

#include <QWidget>

class QLineEdit;
class QStringListModel;

namespace ui::widgets {
class SegmentedChoice;
}

namespace ui::access {

class PatternField : public QWidget {
    Q_OBJECT
public:
    PatternField(const QString& accessibleName, const QString& placeholder, QWidget* parent = nullptr);
    void setChoices(const QStringList& names);
    void setPattern(const models::access::Pattern& pattern);
    [[nodiscard]] models::access::Pattern pattern() const;

signals:
    void changed();

private:
    QLineEdit* m_name;
    QStringListModel* m_choices;
    widgets::SegmentedChoice* m_kind;
};

} // namespace ui::access
