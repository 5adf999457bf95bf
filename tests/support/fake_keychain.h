#pragma once
// A keychain in memory: answers at once, later, or with an error.

#include "models/secrets/keychain.h"

#include <QMap>
#include <vector>

namespace tests {

class FakeKeychain : public models::secrets::Keychain {
public:
    QMap<QString, QString>* entries; ///< outlives it
    std::optional<models::Error> refusal;
    explicit FakeKeychain(QMap<QString, QString>* kept) : entries(kept) {}

    void read(const QString& key, std::function<void(models::Result<QString>)> deliver) override {
        if (refusal)
            deliver(std::unexpected(*refusal));
        else if (!entries->contains(key))
            deliver(models::fail(models::ErrorCode::NotFound, {}, {}));
        else
            deliver(entries->value(key));
    }
    void write(const QString& key, const QString& text, std::function<void(models::Result<void>)> deliver) override {
        if (refusal)
            return deliver(std::unexpected(*refusal));
        entries->insert(key, text);
        deliver({});
    }
    void remove(const QString& key, std::function<void(models::Result<void>)> deliver) override {
        entries->remove(key);
        deliver({});
    }
};

} // namespace tests
