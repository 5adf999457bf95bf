#pragma once
// A field that begins with a small word, so that fields in a row read as a sentence: "As User:billing from any host".

#include <QLineEdit>

class QStringListModel;

namespace ui::access {

class PrefixField : public QLineEdit {
    Q_OBJECT
public:
    PrefixField(const QString& prefix, const QString& accessibleName, QWidget* parent = nullptr);
    /// Offered while typing; anything else may be typed too.
    void setChoices(const QStringList& choices);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void makeRoom();
    QString m_prefix;
    QStringListModel* m_choices;
};

/// Offers `choices` under a field while something is typed into it.
QStringListModel* offerChoices(QLineEdit* field);

} // namespace ui::access
