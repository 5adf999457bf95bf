#pragma once
// The token of one login: kept while it is good, renewed when most of its life is over.

#include "models/base/error.h"
#include "models/tokens/patience.h"

#include <QByteArray>
#include <QDateTime>
#include <QMap>
#include <QString>
#include <functional>
#include <mutex>
#include <optional>

namespace models::tokens {

struct Token {
    QByteArray text;   ///< as it is sent; secret
    QString principal; ///< whose it is, as far as it says so
    QDateTime until;   ///< UTC
    QMap<QString, QString> extensions; ///< sent beside it (RFC 7628): Confluent Cloud's logicalCluster
};

/// Any thread. One fetches at a time, whoever comes meanwhile waits for its token.
class TokenSource {
public:
    using Fetch = std::function<Result<Token>(const Patience&)>;
    using Now = std::function<QDateTime()>;
    explicit TokenSource(Fetch fetch, Now now = &QDateTime::currentDateTimeUtc);

    /// The one at hand as long as it has a fifth of its life left, else a new one; where that cannot be had, the old one to its end. Blocks for as long as
    /// `patience` says.
    Result<Token> token(const Patience& patience);
    /// A broker did not take it: the next call fetches another. Nothing happens where another is at hand already. Does not wait.
    void refused(const Token& token);

private:
    [[nodiscard]] std::optional<Token> atHand() const; ///< none = it has to be renewed
    Fetch m_fetch;
    Now m_now;
    std::timed_mutex m_fetching; ///< held while one is fetched
    mutable std::mutex m_mutex;  ///< guards all below
    Token m_token;
    QDateTime m_renewAt;
};

} // namespace models::tokens
