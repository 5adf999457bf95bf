#pragma once
// Inside models/tokens: one POST and its answer. By libcurl; the system's CAs and proxy settings count.

#include "models/base/error.h"
#include "models/tokens/patience.h"

#include <QByteArray>
#include <QString>

namespace models::tokens {

struct HttpAnswer {
    int status = 0;
    QByteArray body;
};

/// https, or http to this computer itself; no redirects are followed, so what is sent goes to `url` and nowhere else. Answers of more than 256 kB
/// are refused. Errors name the host. `user` and `password` go as HTTP's Basic login.
Result<HttpAnswer> postForm(const QString& url, const QByteArray& form, const QString& user, const QString& password, const Patience& patience);

/// Whether a token may be asked for there.
bool isSafeUrl(const QString& url);

} // namespace models::tokens
