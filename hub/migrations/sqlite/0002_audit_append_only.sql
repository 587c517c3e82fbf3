-- The audit log only grows, one number at a time. INSERT OR REPLACE fires no delete trigger, so the insert trigger refuses it.
CREATE TRIGGER `audit_no_update` BEFORE UPDATE ON `audit` BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_no_delete` BEFORE DELETE ON `audit` BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_next_only` BEFORE INSERT ON `audit`
WHEN NEW.`sequence` IS NOT (SELECT COALESCE(MAX(`sequence`), 0) + 1 FROM `audit`) BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
