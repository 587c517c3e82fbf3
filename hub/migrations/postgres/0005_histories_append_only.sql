-- The history of an alias only grows, one revision at a time.
CREATE FUNCTION "alias_history_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the history of an alias is append-only';
END $$;
--> statement-breakpoint
CREATE FUNCTION "alias_history_next_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW."revision" IS DISTINCT FROM (
		SELECT COALESCE(MAX("revision"), 0) + 1 FROM "alias_history" WHERE "recipe" = NEW."recipe" AND "name" = NEW."name"
	) THEN
		RAISE EXCEPTION 'the history of an alias is append-only';
	END IF;
	RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "alias_history_no_update" BEFORE UPDATE OR DELETE ON "alias_history" FOR EACH ROW EXECUTE FUNCTION "alias_history_refuse"();
--> statement-breakpoint
CREATE TRIGGER "alias_history_no_truncate" BEFORE TRUNCATE ON "alias_history" FOR EACH STATEMENT EXECUTE FUNCTION "alias_history_refuse"();
--> statement-breakpoint
CREATE TRIGGER "alias_history_next_only" BEFORE INSERT ON "alias_history" FOR EACH ROW EXECUTE FUNCTION "alias_history_next_only"();
--> statement-breakpoint
-- Who vouched for what only grows.
CREATE FUNCTION "score_attestations_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'attestations are append-only';
END $$;
--> statement-breakpoint
CREATE TRIGGER "score_attestations_no_update" BEFORE UPDATE OR DELETE ON "score_attestations" FOR EACH ROW EXECUTE FUNCTION "score_attestations_refuse"();
--> statement-breakpoint
CREATE TRIGGER "score_attestations_no_truncate" BEFORE TRUNCATE ON "score_attestations" FOR EACH STATEMENT EXECUTE FUNCTION "score_attestations_refuse"();
