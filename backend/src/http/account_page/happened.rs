//! What happened for the safety of accounts, in words.

use super::words::Language;

/// What is shown for the name of an entry.
pub fn happened(language: Language, kind: &str) -> &'static str {
    let (english, german) = match kind {
        "signed_in_code" => ("signed in by code", "mit Code angemeldet"),
        "signed_in_provider" => ("signed in at the provider", "beim Anbieter angemeldet"),
        "signed_out" => ("a session was ended", "eine Anmeldung wurde beendet"),
        "others_signed_out" => ("all other sessions were ended", "alle anderen Anmeldungen wurden beendet"),
        "code_made" => ("a code was made", "ein Code wurde gemacht"),
        "paired" => ("a browser was paired", "ein Browser wurde gekoppelt"),
        "revoked" => ("a browser was revoked", "einem Browser wurde der Zugang entzogen"),
        "disconnected" => ("a mailbox was disconnected", "ein Postfach wurde getrennt"),
        "suspended" => ("suspended by an admin", "von einem Admin gesperrt"),
        "resumed" => ("let go on by an admin", "von einem Admin wieder freigegeben"),
        "limits" => ("limits were changed by an admin", "Grenzen wurden von einem Admin geändert"),
        "role" => ("the role was changed", "die Rolle wurde geändert"),
        "invited" => ("you invited somebody", "du hast jemanden eingeladen"),
        "changed_somebody" => {
            ("you changed somebody's role, state or limits", "du hast Rolle, Stand oder Grenzen von jemandem geändert")
        }
        "joined" => ("the account was joined to the provider", "das Konto wurde mit dem Anbieter verbunden"),
        "export_made" => ("an archive of everything was asked for", "ein Archiv von allem wurde angefordert"),
        "export_taken" => ("the archive was downloaded", "das Archiv wurde heruntergeladen"),
        "erasure_asked" => ("erasing the account was asked for", "das Löschen des Kontos wurde verlangt"),
        "erasure_undone" => ("erasing the account was taken back", "das Löschen des Kontos wurde zurückgenommen"),
        "recipient_erasure_asked" => ("erasing a recipient was asked for", "das Löschen eines Empfängers wurde verlangt"),
        "restricted" => ("the account is not used any more", "das Konto wird nicht mehr genutzt"),
        "unrestricted" => ("the account is used again", "das Konto wird wieder genutzt"),
        "epoch" => ("a new key for addresses was begun", "ein neuer Schlüssel für Adressen wurde begonnen"),
        "keys_rotated" => ("the master key was changed", "der Hauptschlüssel wurde gewechselt"),
        "account_erased" => ("an account was erased", "ein Konto wurde gelöscht"),
        "recipient_erased" => ("a recipient was erased", "ein Empfänger wurde gelöscht"),
        "all_stopped" => ("the backend was stopped for everybody", "das Backend wurde für alle angehalten"),
        "all_resumed" => ("the backend goes on for everybody", "das Backend läuft für alle weiter"),
        "retention" => ("how long things are kept was changed", "wie lange etwas aufbewahrt wird, wurde geändert"),
        "wrong_codes" => ("wrong codes were tried, so often", "falsche Codes wurden versucht, so oft"),
        "wrong_sign_ins" => ("sign-ins at the provider failed, so often", "Anmeldungen beim Anbieter scheiterten, so oft"),
        "wrong_tokens" => ("calls with tokens that nobody has, so many", "Aufrufe mit Token, die niemand hat, so viele"),
        _ => ("something else", "etwas anderes"),
    };
    language.say(english, german)
}
