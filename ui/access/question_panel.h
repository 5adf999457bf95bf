#pragma once
// "Who can do what": a principal, a host and a resource, and the answer for each operation, with the rule that decides.

#include "models/access/rule_rows.h"
#include "ui/widgets/card.h"

class QComboBox;

namespace ui::widgets {
class PlainLabel;
}

namespace ui::access {

class PrefixField;
class VerdictStrip;

class QuestionPanel : public widgets::Card {
    Q_OBJECT
public:
    explicit QuestionPanel(QWidget* parent = nullptr);

    /// The rules that answer, and what can be chosen from. Keeps what was asked.
    void setRules(const models::access::Evaluator& evaluator, const models::access::KnownNames& known);
    /// Asks; does not emit asked().
    void setQuestion(const models::access::Question& question);
    /// As it is typed; without a principal nothing is asked.
    [[nodiscard]] models::access::Question question() const;
    [[nodiscard]] bool isAsked() const;
    /// A principal or a resource is named: enough to look for the rules about it.
    [[nodiscard]] bool isBegun() const;
    [[nodiscard]] const QList<models::access::Decision>& decisions() const { return m_decisions; }
    [[nodiscard]] models::client::AclOperation operation() const;
    void setOperation(models::client::AclOperation operation);
    [[nodiscard]] QString answer() const;
    void focusQuestion();

signals:
    void asked();   ///< another question
    void looked();  ///< another operation of the same

private:
    void answerAgain();
    void resourceChanged();
    void tell();
    models::access::Evaluator m_evaluator;
    models::access::KnownNames m_known;
    QList<models::access::Decision> m_decisions;
    PrefixField* m_principal;
    PrefixField* m_host;
    QComboBox* m_resource;
    PrefixField* m_name;
    VerdictStrip* m_strip;
    widgets::PlainLabel* m_sentence;
    widgets::PlainLabel* m_reservation;
};

} // namespace ui::access
