#include "models/base/csv.h"

namespace models {

QString csvCell(QString text, bool guarded) {
    if (guarded && !text.isEmpty() && QStringLiteral("=+-@\t\r").contains(text[0])) {
        bool number = false;
        text.toDouble(&number);
        if (!number)
            text.prepend(u'\'');
    }
    if (!text.contains(u',') && !text.contains(u'"') && !text.contains(u'\n') && !text.contains(u'\r'))
        return text;
    return u'"' + text.replace(u'"', QStringLiteral("\"\"")) + u'"';
}

} // namespace models
