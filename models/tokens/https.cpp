#include "models/tokens/https.h"

#include <QHostAddress>
#include <QUrl>
#include <algorithm>
#include <curl/curl.h>
#include <memory>

namespace models::tokens {
namespace {

constexpr qsizetype kAnswerBytesMax = 256 << 10;

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Freed<curl_multi_cleanup>>;

std::size_t take(char* data, std::size_t, std::size_t count, void* to) {
    auto& body = *static_cast<QByteArray*>(to);
    if (body.size() + static_cast<qsizetype>(count) > kAnswerBytesMax)
        return 0; // libcurl ends it
    body.append(data, static_cast<qsizetype>(count));
    return count;
}

ErrorCode codeOf(CURLcode code) {
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return ErrorCode::TimedOut;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return ErrorCode::TlsFailed;
    case CURLE_WRITE_ERROR: return ErrorCode::Corrupt;
    default: return ErrorCode::Unreachable;
    }
}

} // namespace

bool isSafeUrl(const QString& text) {
    const QUrl url(text, QUrl::StrictMode);
    const QString host = url.host();
    const bool here = host == QLatin1String("localhost") || QHostAddress(host).isLoopback();
    return url.isValid() && !host.isEmpty() && (url.scheme() == QLatin1String("https") || (url.scheme() == QLatin1String("http") && here));
}

Result<HttpAnswer> postForm(const QString& url, const QByteArray& form, const QString& user, const QString& password, const Patience& patience) {
    const QString what = QStringLiteral("a token from %1").arg(QUrl(url).host());
    if (!isSafeUrl(url))
        return fail(ErrorCode::Invalid, what, QStringLiteral("the address that gives tokens has to begin with https://"));
    static const CURLcode begun = ::curl_global_init(CURL_GLOBAL_DEFAULT); // once, and by one thread
    const Easy easy(begun == CURLE_OK ? ::curl_easy_init() : nullptr);
    const Multi multi(::curl_multi_init());
    if (!easy || !multi)
        return fail(ErrorCode::Internal, what, QStringLiteral("libcurl does not start"));
    HttpAnswer answer;
    char reason[CURL_ERROR_SIZE] = "";
    const QByteArray address = QUrl(url).toEncoded(), login = user.toUtf8(), secret = password.toUtf8();
    ::curl_easy_setopt(easy.get(), CURLOPT_URL, address.constData());
    ::curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(easy.get(), CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    if (QUrl(url).scheme() == QLatin1String("http"))
        ::curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*"); // readable, so to this computer only
    ::curl_easy_setopt(easy.get(), CURLOPT_QUICK_EXIT, 1L);   // a name service that does not answer is not waited for at the end
    ::curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
    ::curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, form.constData());
    if (!login.isEmpty()) {
        ::curl_easy_setopt(easy.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        ::curl_easy_setopt(easy.get(), CURLOPT_USERNAME, login.constData());
        ::curl_easy_setopt(easy.get(), CURLOPT_PASSWORD, secret.constData());
    }
    ::curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "samsa");
    ::curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &take);
    ::curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer.body);
    ::curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, reason);
    ::curl_multi_add_handle(multi.get(), easy.get());
    std::optional<Error> failed;
    for (int running = 1; running > 0 && !failed;) {
        if (const auto code = ::curl_multi_perform(multi.get(), &running); code != CURLM_OK) {
            failed = Error{ErrorCode::Internal, what, QString::fromLatin1(::curl_multi_strerror(code)), 0};
        } else if (running > 0) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(patience.deadline - std::chrono::steady_clock::now()).count();
            curl_waitfd extra{patience.cancelFd, CURL_WAIT_POLLIN, 0};
            if (left <= 0)
                failed = Error{ErrorCode::TimedOut, what, QStringLiteral("no answer in time"), 0};
            else
                ::curl_multi_poll(multi.get(), &extra, patience.cancelFd >= 0 ? 1 : 0, static_cast<int>(std::min<qint64>(left, 60'000)), nullptr);
            if (extra.revents != 0)
                failed = Error{ErrorCode::Cancelled, what, QStringLiteral("cancelled"), 0};
        }
    }
    int waiting = 0;
    if (const auto* message = failed ? nullptr : ::curl_multi_info_read(multi.get(), &waiting); message != nullptr && message->data.result != CURLE_OK) {
        const auto code = message->data.result;
        failed = Error{codeOf(code), what, code == CURLE_WRITE_ERROR ? QStringLiteral("the answer is too large") : QString::fromUtf8(*reason != '\0' ? reason : ::curl_easy_strerror(code)), 0};
    }
    long status = 0;
    ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    ::curl_multi_remove_handle(multi.get(), easy.get());
    if (failed)
        return std::unexpected(*failed);
    answer.status = static_cast<int>(status);
    return answer;
}

} // namespace models::tokens
