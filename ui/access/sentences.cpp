#include "ui/access/sentences.h"

#include <QCoreApplication>

namespace ui::access {

using models::access::Decision;
using models::access::Question;
using models::access::shown;
using models::access::Verdict;
using models::client::AclResource;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(AccessSentences)
};

QString what(const Question& question) {
    return question.resource == AclResource::Cluster ? Text::tr("the cluster") : Text::tr("%1 %2", "Topic, name").arg(models::access::nameOf(question.resource), shown(question.name));
}

QString from(const Question& question) { return question.host.isEmpty() ? QString() : Text::tr(" from %1").arg(shown(question.host)); }

} // namespace

QString sentenceFor(const models::access::Evaluator& evaluator, const Question& question, const Decision& decision) {
    const QString operation = models::access::nameOf(decision.operation);
    const QString rule = decision.rule >= 0 ? models::access::sentenceOf(evaluator.rules()[decision.rule]) : QString();
    QString text;
    switch (decision.verdict) {
    case Verdict::Allowed:
        text = Text::tr("%1%2 is allowed by the rule: %3.", "operation, from where, rule").arg(operation, from(question), rule);
        if (decision.implied)
            text += Text::tr(" %1 includes %2.", "operations").arg(models::access::nameOf(evaluator.rules()[decision.rule].operation), operation);
        break;
    case Verdict::Denied:
        text = Text::tr("%1%2 is denied by the rule: %3.", "operation, from where, rule").arg(operation, from(question), rule);
        if (!decision.overruled.isEmpty())
            text += Text::tr(" A denial wins over the %n rule(s) that would allow it.", nullptr, static_cast<int>(decision.overruled.size()));
        break;
    case Verdict::NoRule:
        text = Text::tr("No rule gives %1 %2 on %3%4, so it is denied.", "principal, operation, resource, from where").arg(shown(question.principal), operation, what(question), from(question));
        if (evaluator.nothingWritten(question.resource, question.name))
            text += Text::tr(" No rule at all is about it: where the brokers run with allow.everyone.if.no.acl.found=true, everybody may.");
        break;
    }
    if (!decision.hostsThatDiffer.isEmpty()) {
        const QString hosts = shown(decision.hostsThatDiffer.mid(0, 4).join(QStringLiteral(", ")));
        text += decision.verdict == Verdict::Allowed ? Text::tr(" Not from %1.").arg(hosts) : Text::tr(" From %1 it is allowed.").arg(hosts);
    }
    return text;
}

QString reservation() { return Text::tr("Super users may do everything; a cluster does not tell who they are."); }

} // namespace ui::access
