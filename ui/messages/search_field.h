#pragma once
// The line where one writes what to find. Coloured while it is typed, its frame green or red, the wrong part underlined; names are completed, an empty line
// offers what was looked for before (Down).

#include "models/search/pattern.h"

#include <QLineEdit>
#include <optional>

class QCompleter;
class QStringListModel;

namespace ui::messages {

class SearchField : public QLineEdit {
    Q_OBJECT
public:
    explicit SearchField(QWidget* parent = nullptr);

    void setKind(models::search::PatternKind kind);
    [[nodiscard]] models::search::PatternKind kind() const { return m_kind; }
    /// What is written, when it is a pattern.
    [[nodiscard]] const std::expected<models::search::Pattern, models::search::ExpressionProblem>& pattern() const { return m_pattern; }
    void setNames(const QStringList& names);   ///< places of the messages: "value.amount", "headers.source"
    void setRecent(const QStringList& recent); ///< newest first

signals:
    void judged(); ///< pattern() was made anew

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void judge();
    void colour();
    void offerNames();
    void offerRecent();
    /// [begin, cursor) of the place that is being written.
    [[nodiscard]] int wordStart() const;

    models::search::PatternKind m_kind = models::search::PatternKind::Text;
    std::expected<models::search::Pattern, models::search::ExpressionProblem> m_pattern;
    QStringList m_names, m_recent;
    QCompleter* m_completer;
    QStringListModel* m_offers;
    bool m_offersRecent = false;
};

} // namespace ui::messages
