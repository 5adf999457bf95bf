#pragma once
// Failures of the models in the user's words: what did not work, why, and what to do next. The one place that words them.

#include "models/base/error.h"

#include <QString>

namespace ui::shell {

struct ErrorText {
    QString title;    ///< "The cluster does not answer"
    QString reason;   ///< "Connection refused (localhost:19092)"
    QString nextStep; ///< "Check the address, or start the broker."
};
ErrorText errorText(const models::Error& error);
/// "Create topic orders: Topic 'orders' already exists.": what was tried and why it failed, as one sentence.
QString whatFailed(const models::Error& error);
/// The next step alone; empty when there is nothing useful to say.
QString nextStep(const models::Error& error);
/// Both, for a notice.
QString failureSentence(const models::Error& error);

} // namespace ui::shell
