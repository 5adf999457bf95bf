#pragma once
// Where Samsa keeps what must outlive its window. SAMSA_HOME moves all of it; every test sets it.

#include <QString>

namespace models::store {

/// SAMSA_HOME, else $XDG_DATA_HOME/samsa, else ~/.local/share/samsa. Made when missing, readable by its owner only.
QString stateDirectory();
/// stateDirectory()/samsa.db
QString databasePath();
/// stateDirectory()/history.db
QString historyPath();

} // namespace models::store
