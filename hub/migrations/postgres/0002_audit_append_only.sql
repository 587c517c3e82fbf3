-- The audit log only grows, one number at a time.
CREATE FUNCTION "audit_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is append-only';
END $$;
--> statement-breakpoint
CREATE FUNCTION "audit_next_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW."sequence" IS DISTINCT FROM (SELECT COALESCE(MAX("sequence"), 0) + 1 FROM "audit") THEN
		RAISE EXCEPTION 'the audit log is append-only';
	END IF;
	RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_no_update" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_no_truncate" BEFORE TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_next_only" BEFORE INSERT ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_next_only"();
