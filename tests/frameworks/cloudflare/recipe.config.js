// For the test of the guide's recipe for hono, which runs on Node.
export default {};
