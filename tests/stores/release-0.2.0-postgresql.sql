CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.feedback (
    id bigint NOT NULL,
    issuer character varying(500) NOT NULL,
    card uuid NOT NULL,
    topic character varying(100) NOT NULL,
    outcome character varying(10) NOT NULL,
    outcome_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    knowledge character varying(100) NOT NULL,
    accepted_suggestions json NOT NULL,
    reason character varying(200) NOT NULL
);
CREATE TABLE public.feedback_comments (
    feedback_id bigint NOT NULL,
    comment text NOT NULL
);
CREATE SEQUENCE public.feedback_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.feedback_id_seq OWNED BY public.feedback.id;
CREATE TABLE public.used_tokens (
    issuer character varying(500) NOT NULL,
    token_digest character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.feedback ALTER COLUMN id SET DEFAULT nextval('public.feedback_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.feedback VALUES (1, 'https://ehr.example.org', '4ac0e1f6-13b0-4f3e-8d53-1c7a45b0a6a1', 'mmnDose', 'overridden', '2026-11-28 10:20:00+00', '2026-11-28 10:21:00+00', '0.2.0', '[]', 'http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes|action-completed');
INSERT INTO public.feedback VALUES (2, 'https://ehr.example.org', '4ac0e1f6-13b0-4f3e-8d53-1c7a45b0a6a2', 'mmnSteroid', 'accepted', '2026-11-28 11:20:00+00', '2026-11-28 11:21:00+00', '0.2.0', '["4ac0e1f6-13b0-4f3e-8d53-1c7a45b0a6a3"]', '');
INSERT INTO public.feedback_comments VALUES (1, 'was done last week');
INSERT INTO public.used_tokens VALUES ('https://ehr.example.org', 'abababababababababababababababababababababababababababababababab', '2026-11-29 10:05:00+00');
SELECT pg_catalog.setval('public.feedback_id_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.feedback_comments
    ADD CONSTRAINT feedback_comments_pkey PRIMARY KEY (feedback_id);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_once UNIQUE (issuer, card, outcome, outcome_at);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.used_tokens
    ADD CONSTRAINT used_tokens_pkey PRIMARY KEY (issuer, token_digest);
CREATE INDEX used_tokens_by_end ON public.used_tokens USING btree (expires_at);
ALTER TABLE ONLY public.feedback_comments
    ADD CONSTRAINT feedback_comments_feedback_id_fkey FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;
